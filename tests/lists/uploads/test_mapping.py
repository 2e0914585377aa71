"""Mapping: columns find their fields by name, alias, likeness, and by what was chosen before."""

from __future__ import annotations

import pytest

from bpadmin.platforms.types import FieldSpec, FieldType
from bpadmin.uploads.mapping.suggestions import (
    fields_propose,
    header_hash,
    looks_like_phones,
    mapping_remember,
    mapping_saved,
    mapping_suggest,
)
from tests.lists.filing import some_tenant

FIELDS = [
    FieldSpec("id", key=True),
    FieldSpec("firstname", FieldType.FIRST_NAME),
    FieldSpec("lastname", FieldType.LAST_NAME),
    FieldSpec("phone", FieldType.PHONE),
    FieldSpec("phone_2", FieldType.PHONE),
    FieldSpec("zip", FieldType.ZIP_CODE),
    FieldSpec("callback at", FieldType.DATETIME_CALL_AT),
]


def suggested(*header: str, saved: dict[str, str] | None = None) -> list[str]:
    return [one.field for one in mapping_suggest(header=header, fields=FIELDS, saved=saved)]


def test_same_names_are_found_however_they_are_written() -> None:
    assert suggested("ID", "First Name", "LASTNAME", "Phone-2", "phone") == [
        "id", "firstname", "lastname", "phone_2", "phone",
    ]  # fmt: skip


def test_other_words_for_the_same_thing_are_known() -> None:
    assert suggested("Customer ID", "Vorname", "Surname", "Telephone", "Postcode") == [
        "id", "firstname", "lastname", "phone", "zip",
    ]  # fmt: skip


def test_misspelt_names_are_found() -> None:
    assert suggested("Frst name", "Callback") == ["firstname", "callback at"]


def test_nothing_is_suggested_for_a_stranger() -> None:
    assert suggested("Shoe size", "Moon phase") == ["", ""]


def test_phone_1_does_not_become_phone_2() -> None:
    fields = [FieldSpec("phone 2", FieldType.PHONE), FieldSpec("phone 3", FieldType.PHONE)]
    assert [one.field for one in mapping_suggest(header=["phone 1"], fields=fields)] == [""]


def test_every_field_is_suggested_once() -> None:
    found = [name for name in suggested("phone", "Phone", "PHONE", "tel", "telephone") if name]
    assert len(found) == len(set(found))


def test_the_last_mapping_of_this_header_comes_first_and_its_gaps_stay() -> None:
    assert suggested("phone", "id", "firstname", saved={"0": "phone_2", "1": "id", "5": "zip", "2": "gone"}) == [
        "phone_2", "id", "",
    ]  # fmt: skip


def test_suggestions_say_why_and_show_samples() -> None:
    rows = [["", "6505550100"], ["K1", "6505550100"], ["K2", "6505550101"]]
    first, second = mapping_suggest(header=["Customer ID", "phone"], fields=FIELDS, rows=rows)
    assert "often means id" in first.why
    assert (second.score, second.why) == (100, "Same name")
    assert first.samples == ("K1", "K2")
    assert second.samples == ("6505550100", "6505550101")


def test_a_type_is_named_as_people_know_it() -> None:
    fields = [FieldSpec("ref", FieldType.ACCOUNT)]
    assert mapping_suggest(header=["Account"], fields=fields)[0].why == "“Account” suits the type Account number"


def test_german_column_names_are_known() -> None:
    fields = [FieldSpec("Telefon", FieldType.PHONE), FieldSpec("Ort"), FieldSpec("note")]
    header = ["Rufnummer", "Wohnort", "Bemerkung"]
    assert [one.field for one in mapping_suggest(header=header, fields=fields)] == ["Telefon", "Ort", "note"]


def test_the_only_nameless_column_of_phones_is_found_by_its_values_where_a_person_looks() -> None:
    rows = [["700000", "(415) 324-2675"], ["700001", "(415) 926-5813"]]
    header = ["Column 1", "Column 2"]
    _, second = mapping_suggest(header=header, fields=FIELDS, rows=rows, by_values=True)
    assert (second.field, second.why) == ("phone", "Its values look like phone numbers")
    assert [one.field for one in mapping_suggest(header=header, fields=FIELDS, rows=rows)] == ["", ""]


@pytest.mark.parametrize(
    ("header", "rows"),
    [
        (["Column 1", "Column 2"], [["4153242675", "4159265813"]]),
        (["Order", "Colour"], [["4153242675", "red"]]),
        (["phone", "Column 2"], [["", "4153242675"]]),
    ],
)
def test_values_decide_nothing_where_they_leave_a_doubt(header: list[str], rows: list[list[str]]) -> None:
    found = mapping_suggest(header=header, fields=FIELDS, rows=rows, by_values=True)
    assert "Its values look like phone numbers" not in {one.why for one in found}


@pytest.mark.django_db
def test_a_mapping_is_remembered_per_list_and_header() -> None:
    tenant = some_tenant()
    mapping_remember(tenant_id=tenant.pk, list_id="L1", header=["Id", "Tel"], mapping={"1": "phone"})
    mapping_remember(tenant_id=tenant.pk, list_id="L1", header=["Id", "Tel"], mapping={"1": "phone_2"})
    assert mapping_saved(tenant_id=tenant.pk, list_id="L1", header=["id", " TEL "]) == {"1": "phone_2"}
    assert mapping_saved(tenant_id=tenant.pk, list_id="L2", header=["Id", "Tel"]) == {}
    assert mapping_saved(tenant_id=tenant.pk, list_id="L1", header=["Id", "Tel", "x"]) == {}


def test_headers_are_told_apart_by_their_columns() -> None:
    assert header_hash(["a b", "c"]) != header_hash(["a", "b c"])


def test_an_unknown_list_gets_texts_and_one_kind_of_phone() -> None:
    rows = [["K1", "(650) 555-0100", "94105", "20250131"], ["K2", "+44 20 7946 0000", "94106", "20250201"]]
    fields = fields_propose(header=["id", "Mobile", "zip", "day"], rows=rows)
    assert [spec.type for spec in fields] == [FieldType.OTHER, FieldType.PHONE, FieldType.OTHER, FieldType.OTHER]
    assert not any(spec.key or spec.required for spec in fields)


def test_a_phone_column_is_known_by_its_cells_or_else_by_its_name() -> None:
    by_cells = fields_propose(header=["a", "b"], rows=[["x", "6505550100"]] * 3)
    assert [spec.name for spec in by_cells if spec.type is FieldType.PHONE] == ["b"]
    by_name = fields_propose(header=["a", "phone"], rows=[["x", "1004"]] * 3)
    assert [spec.name for spec in by_name if spec.type is FieldType.PHONE] == ["phone"]


def test_columns_of_one_name_give_one_field() -> None:
    assert [spec.name for spec in fields_propose(header=["x", "X"], rows=[])] == ["x"]


@pytest.mark.parametrize(
    "values, likely",
    [
        (["650-555-0100", "(650) 555 0101", ""], True),
        (["12", "13"], False),
        ([], False),
        (["a", "b", "6505550100"], False),
    ],
)
def test_phone_cells_are_known(values: list[str], likely: bool) -> None:
    assert looks_like_phones(values) is likely


TYPED = [
    FieldSpec("id", key=True), FieldSpec("phone", FieldType.PHONE), FieldSpec("first", FieldType.FIRST_NAME),
    FieldSpec("last", FieldType.LAST_NAME), FieldSpec("firm", FieldType.COMPANY), FieldSpec("zip", FieldType.ZIP_CODE),
    FieldSpec("state", FieldType.STATE), FieldSpec("city"), FieldSpec("amount", FieldType.INTEGER),
    FieldSpec("due", FieldType.DATETIME), FieldSpec("call", FieldType.DATETIME_CALL_AT),
    FieldSpec("agent", FieldType.AGENT_LOGIN_ID), FieldSpec("cli", FieldType.CALLING_NUMBER),
    FieldSpec("prio", FieldType.PRIORITY), FieldSpec("note"),
]  # fmt: skip


@pytest.mark.parametrize(
    "header",
    [
        "Kundennummer;Telefonnummer;Vorname;Nachname;Firma;PLZ;Bundesland;Ort;Betrag;Fälligkeitsdatum;Rückruf am;"
        "Bearbeiter;Abgehende Rufnummer;Priorität;Bemerkung",
        "Numéro de client;N° de téléphone;Prénom;Nom;Société;Code postal;Région;Ville;Montant;Date d'échéance;"
        "Date de rappel;Conseiller;Numéro présenté;Priorité;Remarques",
        "Nº de cliente;Teléfono;Nombre;Apellidos;Empresa;Código postal;Provincia;Ciudad;Importe;Fecha de vencimiento;"
        "Fecha de rellamada;Agente;Número de origen;Prioridad;Observaciones",
        "Codice cliente;Telefono;Nome;Cognome;Azienda;CAP;Provincia;Città;Importo;Data di scadenza;Richiamo;Operatore;"
        "Numero chiamante;Priorità;Commenti",
        "Código do cliente;Telefone;Nome;Sobrenome;Empresa;CEP;Estado;Cidade;Valor;Data de vencimento;Data de retorno;"
        "Agente;Número de saída;Prioridade;Observações",
        "Klantnummer;Telefoonnummer;Voornaam;Achternaam;Bedrijf;Postcode;Provincie;Woonplaats;Bedrag;Vervaldatum;"
        "Terugbeldatum;Medewerker;Uitgaand nummer;Prioriteit;Opmerkingen",
        "Numer klienta;Numer telefonu;Imię;Nazwisko;Nazwa firmy;Kod pocztowy;Województwo;Miasto;Kwota;Termin płatności;"
        "Data oddzwonienia;Konsultant;Numer wychodzący;Priorytet;Uwagi",
    ],
)
def test_names_of_seven_languages_find_fields_of_every_type(header: str) -> None:
    row = ["K1", "6505550100", "Ann", "Lee", "Acme", "94402", "Roma", "Town", "5", "2026-03-01", "2026-03-02", "ann",
           "6505550101", "1", "x"]  # fmt: skip
    found = mapping_suggest(header=header.split(";"), fields=TYPED, rows=[row])
    assert [one.field for one in found] == [spec.name for spec in TYPED]


@pytest.mark.parametrize(
    "header",
    [
        "Číslo zákazníka;Jméno;Příjmení;Telefonní číslo;PSČ",
        "Ügyfélszám;Keresztnév;Vezetéknév;Telefonszám;Irányítószám",
        "Müşteri No;İsim;SOYADI;Telefon Numarası;Posta Kodu",
        "Kundnummer;Förnamn;Efternamn;Telefonnummer;Postnummer",
        "Asiakasnumero;Etunimi;Sukunimi;Puhelin;Postinumero",
        "Cod client;Prenume;Nume;Telefon;Cod poștal",
        "Κωδικός πελάτη;Όνομα;ΕΠΩΝΥΜΟ;Τηλέφωνο;Τ.Κ.",
        "Код клиента;Имя;Фамилия;Номер телефона;Почтовый индекс",
        "Номер клієнта;Ім'я;Прізвище;Телефон;Індекс",
        "顧客番号;名;姓;電話番号;郵便番号",
        "客户编号;名;姓;联系电话;邮政编码",
        "고객번호;이름;성;전화번호;우편번호",
        "رقم العميل;الاسم الأول;اسم العائلة;رقم الهاتف;الرمز البريدي",
        "מספר לקוח;שם פרטי;שם משפחה;טלפון;מיקוד",
        "รหัสลูกค้า;ชื่อ;นามสกุล;เบอร์โทรศัพท์;รหัสไปรษณีย์",
    ],
)
def test_names_of_other_languages_find_the_fields_that_most_lists_have(header: str) -> None:
    assert suggested(*header.split(";")) == ["id", "firstname", "lastname", "phone", "zip"]


def test_a_column_of_labels_is_no_telephone_number_whatever_it_is_called() -> None:
    header = ["Phone 1 - Label", "Phone 1 - Value", "Phone ext", "Phone code", "Fax", "Address 1 - Postal Code"]
    rows = [["Mobile", "6505550101", "12", "1", "6505550109", "94402"]] * 3
    found = mapping_suggest(header=header, fields=FIELDS, rows=rows)
    assert [one.field for one in found] == ["", "phone", "", "", "", "zip"]


def test_values_decide_what_a_doubtful_name_means() -> None:
    fields = [FieldSpec("state", FieldType.STATE), FieldSpec("due", FieldType.DATETIME)]
    american = mapping_suggest(header=["ST", "Due date"], fields=fields, rows=[["NY", "2026-01-01"], ["CA", ""]])
    assert [one.field for one in american] == ["state", "due"]
    assert [one.field for one in mapping_suggest(header=["ST"], fields=fields, rows=[["12"], ["15"]])] == [""]
    by_values = mapping_suggest(header=["Where"], fields=fields, rows=[["NY"], ["CA"]])
    assert (by_values[0].field, by_values[0].why) == ("state", "Its values are codes of states")


def test_a_name_that_we_made_up_is_no_field() -> None:
    assert [spec.name for spec in fields_propose(header=["Column 1", "id"], rows=[])] == ["id"]
    assert [one.field for one in mapping_suggest(header=["Column 1"], fields=[FieldSpec("Column 1")])] == [""]


def test_a_last_name_is_no_first_name_whatever_the_field_is_called() -> None:
    fields = [FieldSpec("id", key=True), FieldSpec("name", FieldType.FIRST_NAME)]
    for header in (["id", "First Name", "Last Name"], ["id", "Last Name", "First Name"], ["id", "Nachname", "Vorname"]):
        found = {each.column: each.field for each in mapping_suggest(header=header, fields=fields)}
        assert found[next(name for name in header if name in ("First Name", "Vorname"))] == "name"


@pytest.mark.parametrize(
    "name",
    ["Identifiant", "Identificador", "Identyfikator", "Identificativo", "Kennung", "Identificatie", "Identifier"],
)
def test_the_word_for_an_identifier_finds_the_key_in_seven_languages(name: str) -> None:
    fields = [FieldSpec("id", FieldType.ACCOUNT, key=True), FieldSpec("phone", FieldType.PHONE)]
    found = mapping_suggest(header=[name, "Telefon"], fields=fields, rows=[["A1", "6505550101"]])
    assert [each.field for each in found] == ["id", "phone"]
