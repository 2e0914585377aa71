"""What columns of files are called: words for one thing in many languages, and words that make it another thing.

English, German, French, Spanish, Italian, Portuguese, Dutch and Polish above all; of other languages of Europe and Asia
what telephone numbers, names, keys and places are called, without short words that mean something else in English.
Words are compared without case, accents and blanks.

The groups are the field types that the platforms know, and what else lists often hold.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from bpadmin.platforms.types import FieldType

_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_WORD = re.compile(r"[^\W_]+")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Little words between the others.
_PREPOSITIONS = _words(
    """
    de du des d la le les l el los las do da dos das di del della van het der die das of the
    """
)
# Letters that no decomposition takes apart.
_SPELLED = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "æ": "ae", "ı": "i"})

_PHONE = """
phone, telephone, tel, phone number, phone no, telephone number, telephone no, number, contact number, dial number,
primary phone, main phone, telefon, telefono, fon, telefonnummer, rufnummer, telnr, tel nr, festnetz,
festnetznummer, telefon nr, téléphone, numéro de téléphone, n° de téléphone, no de téléphone, tél, n° tél, fixe,
téléphone fixe, teléfono, número de teléfono, nº de teléfono, nº teléfono, tfno, tlf, teléfono fijo,
numero di telefono, n. telefono, recapito telefonico, telefone, número de telefone, nº telefone, fone,
telefoon, telefoonnummer, telefoon nr, numer telefonu, nr telefonu, nr tel,
telefonní číslo, telefónne číslo, telefonszám, telefon numarası, telefon no, tel no, puhelin, puhelinnumero,
număr de telefon, nr de telefon, τηλέφωνο, τηλ, αριθμός τηλεφώνου, σταθερό, σταθερό τηλέφωνο, телефон, тел,
номер телефона, номер телефону, 電話, 電話番号, 固定電話, 电话, 电话号码, 電話號碼, 联系电话, 전화, 전화번호,
연락처, טלפון, מספר טלפון, هاتف, الهاتف, رقم الهاتف, โทรศัพท์, เบอร์โทร, เบอร์โทรศัพท์, điện thoại, số điện thoại
"""
_MOBILE = """
mobile, cell, cellphone, cell phone, mobile phone, mobile number, mobile phone number, cell number, handy, handynummer,
mobil, mobilnummer, mobiltelefon, portable, téléphone portable, n° de portable, mobile phone no, gsm, móvil,
teléfono móvil, celular, número de móvil, nº móvil, cellulare, numero di cellulare, telemóvel, telefone celular,
mobiel, mobiele nummer, mobiel nummer, 06 nummer, komórka, telefon komórkowy, numer komórkowy, tel kom,
mobiltelefonnummer, mobilní telefon, mobilné číslo, mobilní číslo, mobilszám, cep telefonu, cep tel, cep no,
gsm no, matkapuhelin, kännykkä, mobiltlf, telefon mobil, κινητό, κινητό τηλέφωνο, мобильный, мобильный телефон,
сотовый, сотовый телефон, мобільний, мобільний телефон, 携帯, 携帯電話, 携帯番号, 携帯電話番号, 手机, 手机号,
手机号码, 手機, 手機號碼, 휴대폰, 휴대전화, 핸드폰, 휴대폰 번호, נייד, טלפון נייד, סלולרי, جوال, الجوال,
رقم الجوال, الموبايل, المحمول, มือถือ, เบอร์มือถือ
"""
_WORK = """
work phone, business phone, office phone, phone work, office number, telefon geschäftlich, telefon büro, dienstlich,
téléphone professionnel, téléphone bureau, tél bureau, teléfono trabajo, teléfono oficina, telefono ufficio,
telefono lavoro, telefone comercial, telefone do trabalho, telefoon werk, zakelijk telefoon, telefon służbowy
"""
_HOME = """
home phone, phone home, private phone, home number, telefon privat, privatnummer, téléphone domicile, tél domicile,
téléphone personnel, teléfono casa, teléfono particular, telefono casa, telefone residencial, telefone de casa,
telefoon thuis, telefoon privé, telefon domowy
"""
_ID = """
identifier, kennung, kundenkennung, identifiant, identifiant client, identificador, identificador cliente,
identificador do cliente, identificativo, identyfikator, identyfikator klienta, identificatie, identifikator,
identifikátor, mitgliedsnummer, numéro adhérent, número de socio, numero socio, numer członka, lidnummer,
id, key, record id, customer id, customer number, customer no, client id, contact id, external id, lead id, member id,
kundennummer, kundennr, kunden nr, kunden id, numéro client, numéro de client, n° client, no client, id client,
code client, référence client, número de cliente, nº cliente, nº de cliente, núm cliente, id cliente, código cliente,
código de cliente, numero cliente, codice cliente, n. cliente, número do cliente, código do cliente, klantnummer,
klant nr, klantnr, klant id, numer klienta, nr klienta, id klienta, numer umowy,
číslo zákazníka, id zákazníka, ügyfélszám, ügyfélazonosító, müşteri no, müşteri numarası, müşteri kodu, kundnummer,
kundnr, kundenummer, kundenr, asiakasnumero, cod client, număr client, κωδικός πελάτη, αριθμός πελάτη, код клиента,
номер клиента, код клієнта, номер клієнта, 顧客番号, 顧客id, お客様番号, 会員番号, 客户编号, 客戶編號, 고객번호,
מספר לקוח, קוד לקוח, رقم العميل, รหัสลูกค้า, mã khách hàng
"""
_ACCOUNT = """
account, account number, account no, account id, acct, acct no, acct number, konto, kontonummer, konto nr, compte,
numéro de compte, n° de compte, n° compte, cuenta, número de cuenta, nº cuenta, conto, numero conto, numero di conto,
conta, número da conta, rekening, rekeningnummer, rekening nr, numer konta, nr konta
"""
_FIRST = """
first name, first, given name, forename, fname, vorname, rufname, prénom, nombre, nombre de pila, nome, nome proprio,
primeiro nome, voornaam, roepnaam, imię,
jméno, křestní jméno, krstné meno, meno, keresztnév, utónév, isim, adı, förnamn, fornavn, etunimi, prenume, όνομα,
имя, ім'я, име, 名, 이름, שם פרטי, الاسم الأول, ชื่อ, ชื่อจริง
"""
_LAST = """
last name, last, surname, family name, lname, nachname, familienname, zuname, nom, nom de famille, apellido, apellidos,
primer apellido, cognome, sobrenome, apelido, último nome, achternaam, familienaam, nazwisko,
příjmení, priezvisko, vezetéknév, családnév, soyad, soyadı, soyisim, efternamn, efternavn, etternavn, sukunimi,
nume, nume de familie, επώνυμο, фамилия, прізвище, 姓, 苗字, 성, שם משפחה, اسم العائلة, اللقب, นามสกุล
"""
_COMPANY = """
company, company name, organisation, organization, organisation name, organization name, employer, business,
business name, account name, firma, firmenname, unternehmen, société, entreprise, raison sociale, nom de la société,
empresa, nombre de la empresa, compañía, razón social, azienda, società, ditta, ragione sociale, nome da empresa,
razão social, companhia, bedrijf, bedrijfsnaam, organisatie, nazwa firmy, przedsiębiorstwo, spółka,
společnost, spoločnosť, cég, cégnév, şirket, firma adı, företag, företagsnamn, virksomhed, yritys, companie,
εταιρεία, εταιρία, επωνυμία, компания, организация, компанія, организація, фирма, 会社, 会社名, 公司, 公司名称,
公司名稱, 회사, 회사명, חברה, שם חברה, الشركة, اسم الشركة, บริษัท, công ty
"""
_ZIP = """
zip, zip code, post code, postal code, postal, zip postal code, zip5, zip plus 4, plz, postleitzahl, code postal, cp,
código postal, cód postal, codice postale, codice di avviamento postale, cap, cep, postcode, kod pocztowy, kod,
psč, poštovní směrovací číslo, irányítószám, posta kodu, postnummer, postnr, postinumero, cod poștal, τκ,
ταχυδρομικός κώδικας, индекс, почтовый индекс, поштовий індекс, індекс, пощенски код, 郵便番号, 邮编, 邮政编码,
郵遞區號, 우편번호, מיקוד, الرمز البريدي, รหัสไปรษณีย์
"""
_STATE = """
state, province, region, state province, state region, province state, state code, st, prov, bundesland, kanton, état,
région, département, estado, provincia, región, comunidad autónoma, departamento, regione, distrito, provincie,
provincia stato, województwo, stan,
megye, maakunta, județ, νομός, περιφέρεια, регион, область, 都道府県, 省, 省份, المحافظة, จังหวัด
"""
_MAIL = """
email, email address, mail, mail address, e mail, e mail adresse, mailadresse, courriel, adresse e mail, adresse mail,
adresse email, correo, correo electrónico, dirección de correo, posta elettronica, indirizzo e mail, indirizzo email,
endereço de e mail, correio eletrônico, emailadres, e mailadres, adres e mail, adres email,
e pošta, eposta, e posta, e post, sähköposti, ηλεκτρονική διεύθυνση, почта, электронная почта, メール,
メールアドレス, 邮箱, 电子邮件, 이메일, דואל, البريد الإلكتروني, อีเมล
"""
_DATE = """
date, datetime, created at, created, datum, datum uhrzeit, angelegt am, erstellt am, date heure, date de création,
fecha, fecha y hora, fecha de creación, data, data ora, data e ora, data di creazione, data e hora, data de criação,
data hora,
aanmaakdatum, datum tijd, data utworzenia, data i godzina
"""
_DUE = """
due, due date, date due, fällig, fällig am, fälligkeit, fälligkeitsdatum, échéance, date d échéance, date échéance,
vencimiento, fecha de vencimiento, fecha vencimiento, scadenza, data di scadenza, data scadenza, vencimento,
data de vencimento, data vencimento, vervaldatum, vervaldag, termin płatności, data płatności, termin,
datum splatnosti, splatnost, dátum splatnosti, határidő, fizetési határidő, esedékesség, vade tarihi,
son ödeme tarihi, förfallodatum, forfaldsdato, forfallsdato, eräpäivä, scadență, ημερομηνία λήξης, срок оплаты,
термін оплати, 支払期限, 期限, 期日, 到期日, 만기일, תאריך פירעון, تاريخ الاستحقاق
"""
_CALL_AT = """
call at, callback date, callback time, call time, scheduled at, scheduled time, callback at, schedule call at, call on,
call date, callback, next call, rückruf, rückruf am, rückrufdatum, rückrufzeit, wiedervorlage, rappel, rappeler le,
date de rappel, date rappel, heure de rappel, rellamada, fecha de rellamada, llamar el, devolver llamada, richiamare,
richiamo, data di richiamo, data richiamo, retorno, data de retorno, ligar em, data da chamada, terugbellen,
terugbeldatum, terugbelmoment, bel terug op, oddzwonić, data oddzwonienia, termin kontaktu
"""
_AGENT = """
agent, agent login, agent login id, agent id, assigned agent, assigned to, login, bearbeiter, mitarbeiter, berater,
agent zugewiesen, conseiller, téléconseiller, identifiant agent, agent assigné, agente, agente asignado, id agente,
usuario agente, operatore, agente assegnato, id operatore, atendente, agente atribuído, medewerker, toegewezen agent,
konsultant, przypisany agent, login agenta
"""
_CALLER = """
calling number, caller id, cli, from number, ani, outbound caller id, absendernummer, anrufernummer,
angezeigte rufnummer, abgehende rufnummer, numéro appelant, numéro présenté, numéro affiché, número llamante,
número de origen, número saliente, numero chiamante, numero in uscita, número de saída, número chamador,
número de origem, uitgaand nummer, bellend nummer, afzendernummer, numer dzwoniącego, numer wychodzący
"""
_AMOUNT = """
amount, balance, sum, amount due, balance due, total, betrag, summe, saldo, offener betrag, montant, solde, montant dû,
importe, monto, cantidad, importo, totale, saldo dovuto, valor, quantia, montante, bedrag, openstaand bedrag, kwota,
suma, saldo zadłużenia,
částka, čiastka, összeg, tutar, belopp, beløb, beløp, summa, sumă, ποσό, сумма, долг, сума, 金額, 金额, 금액, סכום,
المبلغ, จำนวนเงิน
"""
_NOTE = """
note, notes, comment, comments, remark, remarks, bemerkung, bemerkungen, notiz, notizen, kommentar, anmerkung,
remarque, remarques, commentaire, commentaires, nota, notas, comentario, comentarios, observaciones, osservazioni,
commento, commenti, comentário, comentários, observações, opmerking, opmerkingen, notitie, notities, uwaga, uwagi,
komentarz, notatka,
poznámka, poznámky, megjegyzés, notlar, açıklama, anteckning, bemærkning, bemerkning, huomautus, observații,
σχόλια, παρατηρήσεις, комментарий, примечание, коментар, примітка, 備考, メモ, 备注, 備註, 비고, הערות, ملاحظات,
หมายเหตุ, ghi chú
"""
_STREET = """
street, address, street address, address1, address line 1, address line1, strasse, straße, straße und hausnummer,
anschrift, adresse, rue, voie, calle, dirección, domicilio, via, indirizzo, rua, endereço, morada, straat, adres, ulica,
ulice, utca, cím, lakcím, adress, gata, osoite, stradă, adresă, διεύθυνση, οδός, адрес, улица, адреса, вулиця,
住所, 地址, 주소, כתובת, العنوان, ที่อยู่, địa chỉ
"""
_CITY = """
city, town, ort, wohnort, stadt, ville, commune, localité, ciudad, población, localidad, municipio, città, comune,
località, cidade, localidade, município, plaats, woonplaats, stad, miasto, miejscowość,
město, obec, mesto, város, település, şehir, poststed, kaupunki, postitoimipaikka, oraș, localitate, πόλη, город,
місто, град, 市区町村, 城市, 도시, עיר, المدينة
"""
_PRIORITY = """
priority, prio, rank, priorität, rang, priorité, prioridad, priorità, prioridade, prioriteit, priorytet
"""
_NUMBER = (
    "count, quantity, qty, anzahl, menge, nombre de, quantité, cantidad, quantità, quantidade, aantal, liczba, ilość"
)

# What makes of a telephone or a state something else; a field of the same word is still found.
OTHER_THINGS = _words(
    """
    fax telefax pager ext extension durchwahl nebenstelle poste interno label type typ tipo kind country land
    pays pais paese kraj status source carrier owner consent opt dnc verified valid validated timezone zone url
    link hash code vorwahl indicatif prefix prefijo prefisso prefixo kierunkowy count attempts birth
    geburtsdatum naissance
    """
)
# What makes of a word for a telephone what came of calls to it, or how a name sounds.
NOT_DIALLED = OTHER_THINGS | _words(
    """
    attempt result outcome disposition wrapup callable contactable phonetic calls date
    """
)
# What a name may have besides, and stays the same.
NEUTRAL = _words(
    """
    value wert main primary principal 1 number no nr num n date datum fecha data time at on am field customer
    contact client kunde nummer numero numer
    """
)


def words_of(name: str) -> tuple[str, ...]:
    """Return the words of a name, without case, accents and little words."""
    spelled = unicodedata.normalize("NFKD", _CAMEL.sub(" ", name)).casefold().translate(_SPELLED)
    spelled = "".join(sign for sign in spelled if not unicodedata.combining(sign))
    found = _WORD.findall(spelled)
    return tuple(word for word in found if word not in _PREPOSITIONS) or tuple(found)


def plain(name: str) -> str:
    """Reduce a name to its letters and digits, without case, accents and little words."""
    return "".join(words_of(name))


def _group(text: str) -> frozenset[str]:
    return frozenset(plain(word) for word in text.split(","))


TYPE_WORDS: Mapping[FieldType, frozenset[str]] = {
    FieldType.PHONE: _group(_PHONE) | _group(_MOBILE) | _group(_WORK) | _group(_HOME),
    FieldType.ACCOUNT: _group(_ACCOUNT) | _group(_ID) - {"id", "key"},
    FieldType.FIRST_NAME: _group(_FIRST),
    FieldType.LAST_NAME: _group(_LAST),
    FieldType.COMPANY: _group(_COMPANY),
    FieldType.ZIP_CODE: _group(_ZIP),
    FieldType.STATE: _group(_STATE),
    FieldType.DATETIME: _group(_DATE) | _group(_DUE),
    FieldType.DATETIME_CALL_AT: _group(_CALL_AT),
    FieldType.AGENT_LOGIN_ID: _group(_AGENT),
    FieldType.CALLING_NUMBER: _group(_CALLER),
    FieldType.INTEGER: _group(_AMOUNT) | _group(_NUMBER),
    FieldType.PRIORITY: _group(_PRIORITY),
}
GROUPS: tuple[frozenset[str], ...] = tuple(
    _group(text)
    for text in (
        _PHONE, _MOBILE, _WORK, _HOME, _ID, _ACCOUNT, _FIRST, _LAST, _COMPANY, _ZIP, _STATE, _MAIL, _DATE, _DUE,
        _CALL_AT, _AGENT, _CALLER, _AMOUNT, _NOTE, _STREET, _CITY, _PRIORITY,
    )
)  # fmt: skip
# Words that stand for it only where the values agree.
DOUBTFUL = _group("st, prov, cap, cp, kod, data, stan, nom, nome, number, total, via, first, last, key, created")
STATE_CODES = _words(
    """
    AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK
    OR PA RI SC SD TN TX UT VT VA WA WV WI WY DC PR VI GU AS MP AB BC MB NB NL NS NT NU ON PE QC SK YT
    """
)
