"""Names and cities of many countries, and files of them in the code pages that people there use."""

from __future__ import annotations

import random
import unicodedata
from dataclasses import dataclass

# First names | last names | cities.
_PEOPLE = {
    "Spanish": "Javier Carmen Andrés Lucía Sergio Marta Rubén Inés Óscar Pilar Adrián Rosa Iván Elena Raúl Noemí | "
    "Ibáñez Ortega Vázquez Molina Yáñez Serrano Calderón Prieto Núñez Vega Gálvez Campos Acuña Rojas Benítez Soto | "
    "Cádiz Toledo Logroño Burgos Ávila Málaga Badajoz León Alicante Jaén Cáceres Murcia",
    "Spanish, few": "Javier Carmen Miguel Marta Sergio Elena Pedro Pilar Rosa Carlos Laura Pablo Antonio Ana "
    "Luis Rocío | "
    "Ortega Molina Serrano Prieto Vega Campos Rojas Soto Moreno Blanco Castillo Cordero Mesa Bravo Marcos Peña | "
    "Toledo Burgos Murcia Alicante Badajoz Madrid Barcelona Bilbao Sevilla Valencia Vigo Granada",
    "German": "Jürgen Sabine Uwe Käthe Björn Heike Günter Renate Sören Ulrike Jörg Antje Götz Bärbel Frank Monika | "
    "Schröder Möller Kühn Lange Böttcher Krüger Fuchs Jäger Grünwald Voß Strauß Köhler Dörr Vogt Hübner Weiß | "
    "Düsseldorf Nürnberg Göttingen Lübeck Gießen Tübingen Ulm Bremen Görlitz Würzburg Kassel Saarbrücken",
    "French": "Clément Aurélie Jérôme Océane Loïc Émilie Gaël Anaïs Rémi Noémie Cédric Hélène Thibault Maël "
    "Éric Solène | "
    "Lefèvre Bézier Rousseau Chênevert Benoît Garçon Prévost Forêt Hébert Côté Brûlé Dubois Maître Gagné "
    "Pasquier Noël | "
    "Besançon Nîmes Orléans Béziers Angoulême Évreux Mâcon Saint-Étienne Alès Lyon Sète Compiègne",
    "Icelandic": "Þórdís Björk Hákon Sæunn Jón Guðrún Ólöf Einar Ásgeir Ragnheiður Sigríður Þorsteinn Örn Iðunn "
    "Helgi Ýr | "
    "Þorvaldsdóttir Guðjónsson Hákonardóttir Björnsson Sæmundsson Ásgeirsdóttir Jónsdóttir Óðinsson "
    "Einarsdóttir Þórisson | "
    "Akureyri Kópavogur Ísafjörður Hafnarfjörður Húsavík Sauðárkrókur Egilsstaðir Keflavík Reyðarfjörður Höfn",
    "Czech": "Jiří Zdeňka Ondřej Božena Matěj Růžena Vojtěch Ludmila Tomáš Květa Lukáš Alžběta Čeněk Jitka "
    "Řehoř Žofie | "
    "Dvořáček Němcová Růžička Procházková Šťastný Kučera Říha Bláhová Čapek Veselý Žižka Kovářová Pešek Hořejší "
    "Vlček | "
    "Plzeň Olomouc Děčín České Budějovice Zlín Přerov Třebíč Kroměříž Příbram Jihlava Ústí Žďár",
    "Slovak": "Ľubomír Zuzana Ján Mária Štefan Božena Jozef Viera Ľudovít Alžbeta Peter Oľga Miloš Darina Tomáš "
    "Želmíra | "
    "Kováčová Horváth Šoltés Vrábel Ďurica Maťašovský Hrušková Kňazko Tóthová Polák Lučenič Žáková Ševčík Mihálik | "
    "Košice Žilina Prešov Nitra Trnava Bardejov Skalica Banská Bystrica Poprad Žiar Dolný Kubín Martin",
    "Polish": "Grażyna Paweł Małgorzata Łukasz Agnieszka Michał Elżbieta Stanisław Bożena Wojciech Jadwiga "
    "Mirosław Żaneta | "
    "Wójcik Zieliński Kamińska Łuczak Dąbrowska Wróbel Szczęsny Błaszczyk Ostrowski Pająk Śliwińska Jabłoński "
    "Gołąb Sęk | "
    "Poznań Białystok Rzeszów Częstochowa Świdnica Zielona Góra Łomża Kołobrzeg Słupsk Bydgoszcz Jelenia Góra Sącz",
    "Hungarian": "Gergő Zsófia Ágnes Bálint Jenő Tünde Győző Örs Márta Lőrinc Ödön Piroska Dezső Ilona Ernő Gyöngyi | "
    "Fehér Szűcs Kőműves Németh Bűdi Juhász Győri Hegedűs Kővári Tímár Sütő Bodó Mező Pásztor Gerő Bíró | "
    "Győr Szeged Kőszeg Hódmezővásárhely Érd Vác Mezőtúr Pécs Gödöllő Békéscsaba Fertőd Makó",
    "Romanian": "Ştefan Ioana Răzvan Mădălina Cătălin Ileana Ionuţ Crenguţa Bogdan Sânziana Vlăduţ Anişoara "
    "Traian Ruxandra | "
    "Brătescu Munteanu Ţurcanu Ghiţă Lăzărescu Păunescu Şerban Mihăilă Costăchescu Vlădescu Chiriţă Bălan Roşu "
    "Câmpeanu | "
    "Braşov Iaşi Constanţa Piteşti Târgovişte Bacău Galaţi Ploieşti Timişoara Focşani Râmnicu Buzău",
    "Croatian": "Željka Tomislav Krešimir Nikša Đuro Branka Zvonimir Mladen Jadranka Šime Vedran Snježana Luka Maša | "
    "Perković Šimić Grgić Vuković Đurić Čolak Matić Žuvela Barišić Radošević Kneževič Lončar Bašić Ćorluka Jurić | "
    "Šibenik Požega Varaždin Sisak Đakovo Čakovec Križevci Karlovac Poreč Osijek Županja Gospić",
    "Slovenian": "Matjaž Špela Žiga Mojca Blaž Neža Aleš Urška Rok Anže Tjaša Boštjan Petra Živa | "
    "Zupančič Kovač Hočevar Žagar Košir Vidmar Šuštar Oblak Jerič Kranjc Bizjak Pečnik Golob Železnik | "
    "Maribor Celje Škofja Loka Brežice Žalec Koper Črnomelj Kočevje Vrhnika Piran Šentjur",
    "Lithuanian": "Žygimantas Rūta Kęstutis Eglė Šarūnas Jūratė Vytautas Živilė Gediminas Ąžuolas Birutė Linas "
    "Ugnė Ričardas | "
    "Žukauskas Petrauskienė Šimkus Jankauskaitė Čepaitis Butkutė Vaičiūnas Grigaitė Kučinskas Mažeika "
    "Račkauskienė Ščerba | "
    "Šiauliai Panevėžys Klaipėda Kėdainiai Telšiai Utena Jonava Rokiškis Biržai Plungė Kuršėnai Anykščiai",
    "Latvian": "Jānis Līga Andrejs Dzintra Ēriks Inese Mārtiņš Ilze Ģirts Aija Kārlis Ņina Vēsma Guntis Ļubova "
    "Zigurds | "
    "Bērziņš Kalniņa Ozoliņš Liepiņa Krūmiņš Zariņa Šmits Ābele Grīnbergs Ķirsis Ēķe Vītoliņa Lācis Zālīte Dūmiņš | "
    "Jūrmala Rēzekne Liepāja Valmiera Jēkabpils Cēsis Kuldīga Ogre Tukums Līvāni Talsi Krāslava",
    "Estonian": "Jüri Õie Märt Külli Tõnu Ülle Rõõt Andres Mäidu Žanna Peeter Õnne Väino Ene Jüri Helgi | "
    "Mägi Sõber Põder Kööts Tamm Käär Lõhmus Rüütel Õunapuu Jõgi Šmidt Pärn Hõbe Tüür Vääri Kukk | "
    "Pärnu Võru Jõhvi Põlva Türi Haapsalu Kärdla Sillamäe Jõgeva Tõrva Räpina Elva",
    "Russian": "Алексей Татьяна Юрий Людмила Фёдор Жанна Борис Екатерина Вячеслав Полина Эдуард Светлана Кирилл Нина | "
    "Соколов Щербакова Кузнецов Журавлёва Цветков Беляева Хомяков Филиппова Юдин Чернова Гусев Шевчук Ефимов Зуева | "
    "Казань Пермь Воронеж Челябинск Ярославль Омск Тюмень Брянск Ижевск Уфа Саратов Псков",
    "Ukrainian": "Олексій Ганна Тарас Оксана Євген Людмила Ігор Наталія Юрій Соломія Андрій Їлина Микола Галина | "
    "Шевченко Ковальчук Бондаренко Лисенко Їжакевич Гнатюк Марченко Щербина Кравець Савчук Ґудзь Поліщук Демченко | "
    "Київ Харків Львів Дніпро Вінниця Чернігів Полтава Житомир Рівне Івано-Франківськ Луцьк Черкаси",
    "Bulgarian": "Георги Мария Иван Елена Петър Цветана Димитър Йорданка Стоян Радка Николай Снежана Кирил Ваня | "
    "Петров Иванова Димитров Стоянова Желев Найденова Първанов Щерев Ангелова Каменов Христова Вълков Цонева | "
    "Пловдив Варна Бургас Русе Плевен Сливен Добрич Шумен Перник Хасково Ямбол Враца",
    "Greek": "Γιάννης Μαρία Κώστας Ελένη Νίκος Ιωάννα Άγγελος Σοφία Θανάσης Ευαγγελία Χρήστος Άννα Στέλιος Ζωή | "
    "Παπαδόπουλος Γεωργίου Δημητρίου Αντωνίου Ξένος Ψαρρός Καραγιάννης Μακρής Οικονόμου Λάμπρου Φωτίου Βασιλείου | "
    "Πάτρα Βόλος Λάρισα Χανιά Θεσσαλονίκη Ηράκλειο Καλαμάτα Ιωάννινα Ξάνθη Δράμα Σέρρες Κόρινθος",
    "Turkish": "Ayşe Mehmet Çiğdem Oğuz Gülşen İsmail Şule Tuğba Özgür Hüseyin Işıl Cağatay Ümit Sıla Barış Nurgül | "
    "Yılmaz Öztürk Çelik Şahin Aydın Kılıç Güneş Doğan Işık Bozdağ Türkoğlu Ünal Kaçar Çetin Ağaoğlu Gündoğdu | "
    "İzmir Eskişehir Muğla Çanakkale Diyarbakır Balıkesir Niğde Uşak Kütahya Iğdır Şanlıurfa Aydın",
    "Hebrew": "דוד שרה משה רחל יוסף מרים אברהם לאה יעקב חנה נועם תמר איתן יעל | "
    "כהן לוי מזרחי פרץ ביטון דהן אברהמי פרידמן גולן שפירא רוזן קליין | "
    "חיפה נתניה אשדוד רחובות הרצליה עפולה טבריה אילת חולון רעננה",
    "Arabic": "محمد فاطمة أحمد عائشة خالد مريم يوسف زينب عمر ليلى إبراهيم سارة علي نور | "
    "الحربي القحطاني المصري الشامي العتيبي الغامدي حداد نجار الزهراني منصور خليل سالم | "
    "الرياض جدة القاهرة عمان بيروت دمشق بغداد مكة الدوحة مسقط طنطا حلب",
    "Vietnamese": "Lê Hùng Thảo Quân Đức Phượng Bảo Trâm Tuấn Yến Khánh Mỹ Hạnh Sơn Thủy Đông | "
    "Nguyễn Trần Phạm Hoàng Huỳnh Võ Đặng Bùi Đỗ Hồ Ngô Dương Lý Phan Vũ Trịnh | "
    "Huế Đà Nẵng Cần Thơ Hải Phòng Quy Nhơn Vũng Tàu Đà Lạt Biên Hòa Nha Trang Mỹ Tho",
    "Thai": "สมชาย มาลี ประยุทธ์ วันดี สุรชัย พรทิพย์ อนงค์ ธนา กมล จิราพร ณัฐพล ศิริพร วิชัย ดวงใจ | "
    "ใจดี สุขใจ แสงทอง ศรีสุข บุญมี ทองคำ วงศ์สวัสดิ์ รักไทย พูนผล เจริญสุข มั่นคง แก้วใส | "
    "กรุงเทพ เชียงใหม่ ขอนแก่น ภูเก็ต นครราชสีมา อุดรธานี ระยอง สงขลา ลำปาง อยุธยา",
    "Korean": "민준 서연 지훈 하은 현우 수빈 도윤 예진 성민 지우 영호 미경 준서 은지 태현 혜원 | "
    "김 이 박 최 정 강 조 윤 장 임 한 오 신 권 황 송 | "
    "서울 부산 대구 인천 광주 대전 울산 수원 창원 전주 청주 제주",
    "Japanese": "健太 美咲 大輔 陽子 翔 さくら 誠 直美 拓也 愛 ケンジ ひろみ 浩 由美子 和也 真理 | "
    "佐藤 鈴木 高橋 渡辺 伊藤 中村 小林 加藤 吉田 山本 松本 井上 木村 清水 斎藤 森 | "
    "大阪 横浜 札幌 仙台 広島 福岡 名古屋 京都 神戸 さいたま 長崎 熊本",
    "Chinese": "伟 秀英 磊 静 强 丽 军 洋 艳 勇 娟 涛 明 超 霞 平 | "
    "王 李 张 刘 陈 杨 赵 黄 周 吴 徐 孙 胡 朱 高 林 | "
    "北京 上海 广州 深圳 成都 武汉 西安 重庆 南京 杭州 天津 沈阳",
    "Chinese, Taiwan": "志明 淑芬 俊傑 美玲 建宏 雅婷 家豪 怡君 宗翰 佩珊 冠宇 麗華 文雄 惠美 | "
    "陳 林 黃 張 李 王 吳 劉 蔡 楊 許 鄭 謝 郭 洪 曾 | "
    "臺北 高雄 臺中 臺南 新竹 基隆 嘉義 花蓮 屏東 桃園 宜蘭 苗栗",
    "Swedish": "Åsa Björn Göran Märta Håkan Lena Östen Annika Sören Frida Åke Kerstin Jörgen Malin | "
    "Sjöberg Åkesson Lindström Öberg Hägglund Bergqvist Nyström Ås Ekström Hallgren Wärn Sandberg | "
    "Malmö Västerås Örebro Jönköping Umeå Gävle Borås Lund Växjö Skellefteå Östersund Kalmar",
    "Danish": "Søren Kirsten Jørgen Bodil Åge Mette Bjørn Grethe Asbjørn Ærø Pia Jens Sørine Kåre | "
    "Sørensen Kjær Højgaard Østergaard Nørgaard Møller Bæk Krogh Brøndum Skov Ågård Holm | "
    "Aarhus Næstved Køge Helsingør Hjørring Tønder Ringkøbing Rønne Ålborg Vejle Sæby Grenå",
    "Portuguese": "João Conceição Antônio Luísa Sebastião Inês Flávio Márcia César Thaís Estêvão Lúcia Otávio Vânia | "
    "Gonçalves Magalhães Araújo Simões Brandão Falcão Sá Guimarães Leitão Rebêlo Peixoto Assunção | "
    "São Paulo Brasília Goiânia Belém Florianópolis Cuiabá Maceió Niterói Évora Setúbal Bragança Santarém",
}
# Each people in the code pages that its files come in.
FILES = (
    ("Spanish", "cp1252"), ("Spanish, few", "cp1252"), ("German", "cp1252"), ("French", "cp1252"),
    ("Icelandic", "cp1252"), ("Swedish", "cp1252"), ("Danish", "cp1252"), ("Portuguese", "cp1252"),
    ("Estonian", "cp1252"), ("Estonian", "cp1257"), ("Lithuanian", "cp1257"), ("Latvian", "cp1257"),
    ("Czech", "cp1250"), ("Slovak", "cp1250"), ("Polish", "cp1250"), ("Polish", "iso8859-2"), ("Polish", "cp852"),
    ("Hungarian", "cp1250"), ("Romanian", "cp1250"), ("Croatian", "cp1250"), ("Slovenian", "cp1250"),
    ("Czech", "iso8859-2"), ("Russian", "cp1251"), ("Russian", "koi8-r"), ("Russian", "cp866"),
    ("Ukrainian", "cp1251"), ("Bulgarian", "cp1251"), ("Greek", "cp1253"), ("Turkish", "cp1254"),
    ("Hebrew", "cp1255"), ("Arabic", "cp1256"), ("Vietnamese", "cp1258"), ("Thai", "cp874"), ("Korean", "cp949"),
    ("Japanese", "cp932"), ("Japanese", "euc-jp"), ("Chinese", "gb18030"), ("Chinese, Taiwan", "big5hkscs"),
    ("German", "mac-roman"), ("French", "mac-roman"), ("Spanish", "mac-roman"), ("German", "cp850"),
    ("German", "cp437"), ("Spanish", "cp850"), ("French", "cp850"),
    ("Icelandic", "mac-iceland"), ("Icelandic", "cp861"), ("Greek", "mac-greek"), ("Greek", "cp737"),
    ("Hebrew", "cp862"), ("Portuguese", "cp860"), ("Arabic", "iso8859-6"), ("Arabic", "cp720"),
    ("Lithuanian", "iso8859-4"), ("German", "utf-8"), ("Polish", "utf-8"),
    ("Korean", "utf-8"), ("Thai", "utf-8"),
)  # fmt: skip
_TONES = "\u0300\u0301\u0303\u0309\u0323"


@dataclass(frozen=True, slots=True)
class Sample:
    """A file of some people in a code page, with what it says."""

    text: str
    data: bytes


def sample(people: str, encoding: str, rows: int, number: int) -> Sample:
    """Make the file of that number: always the same one. It has at least one letter that is not plain."""
    draw = random.Random(f"{people} {rows} {number}")
    first, last, cities = (part.split() for part in _PEOPLE[people].split("|"))
    for _ in range(100):
        lines = [
            f"{at};6505550{at % 1000:03};{draw.choice(first)} {draw.choice(last)};{draw.choice(cities)}"
            for at in range(1, rows + 1)
        ]
        text = "\r\n".join(["id;phone;name;city", *lines, ""])
        if not text.isascii():
            break
    return Sample(text, b"".join(_bytes(sign, encoding) for sign in text))


def _bytes(sign: str, encoding: str) -> bytes:
    """Write a letter with its tone after it where the code page has no such letter."""
    try:
        return sign.encode(encoding)
    except UnicodeEncodeError:
        parts = unicodedata.normalize("NFD", sign)
        tone = "".join(part for part in parts if part in _TONES)
        letter = unicodedata.normalize("NFC", "".join(part for part in parts if part not in _TONES))
        return (letter + tone).encode(encoding)
