"""Names and words that the demo's records are put together from."""

from __future__ import annotations


def _words(text: str) -> list[str]:
    """Split a text into its words."""
    return text.split()


FIRST_NAMES = _words("""
    Aaron Abigail Adam Alice Amanda Amir Ana Andrew Angela Anthony Benjamin Beth Brandon Carla Carlos Caroline
    Cheryl Chloe Christopher Claire Daniel Deborah Diego Donna Edward Elena Elijah Emily Emma Eric Ethan
    Fatima Frank George Grace Hannah Helen Henry Ian Irene Isaac Jacob James Janet Jasmine Jason Jennifer
    Jessica John Jose Joyce Julia Karen Kevin Laura Leah Liam Linda Lucas Maria Mark Martin Mary Megan Michael
    Mohammed Nancy Nathan Nicole Noah Olivia Oscar Patricia Paul Priya Rachel Raymond Rebecca Robert Rosa Ruth
    Ryan Samuel Sandra Sarah Scott Sofia Stephen Susan Teresa Thomas Tyler Vanessa Victor Virginia Walter Wei
    William Yasmin Zoe
""")

LAST_NAMES = _words("""
    Adams Ahmed Allen Alvarez Anderson Bailey Baker Bennett Brooks Brown Campbell Carter Castillo Chavez Chen
    Clark Collins Cook Cooper Cox Cruz Davis Diaz Edwards Evans Fisher Flores Foster Garcia Gomez Gonzalez
    Gray Green Gutierrez Hall Harris Hernandez Hill Howard Hughes Jackson James Jenkins Johnson Jones Kelly
    Khan Kim King Lee Lewis Long Lopez Martin Martinez Miller Mitchell Moore Morales Morgan Morris Murphy
    Myers Nelson Nguyen O'Brien Ortiz Parker Patel Perez Perry Peterson Phillips Powell Price Ramirez Reed
    Reyes Richardson Rivera Roberts Robinson Rodriguez Rogers Ross Russell Sanchez Sanders Scott Singh Smith
    Stewart Sullivan Taylor Thomas Thompson Torres Turner Walker Ward Watson White Williams Wilson Wood Wright
    Young
""")

GERMAN_FIRST_NAMES = _words("""
    Anja Andreas Angelika Annette Bernd Birgit Bjoern Christa Dieter Elke Felix Franziska Günter Hannelore
    Heike Jörg Jürgen Jutta Karin Katrin Klaus Lena Lukas Manfred Marlene Matthias Monika Nils Petra Ralf
    Renate Sabine Stefan Sven Thorsten Ulrike Ursula Uwe Wolfgang Zeynep
""")

GERMAN_LAST_NAMES = _words("""
    Bauer Becker Böhm Braun Engel Fischer Franke Fuchs Graf Groß Günther Hartmann Herrmann Hofmann Huber Jäger
    Jung Kaiser Keller Klein Koch König Kraus Krüger Kühn Lang Lehmann Maier Meyer Möller Müller Neumann
    Peters Pohl Richter Roth Sauer Schäfer Schmidt Schneider Scholz Schröder Schulz Schwarz Simon Sommer Stein
    Vogel Voigt Wagner Weber Weiß Winkler Wolf Yılmaz Ziegler Zimmermann
""")

GERMAN_TOWNS = _words("""
    Aachen Augsburg Berlin Bielefeld Bochum Bonn Braunschweig Bremen Chemnitz Dortmund Dresden Düsseldorf
    Erfurt Essen Freiburg Hamburg Hannover Karlsruhe Kassel Kiel Köln Leipzig Lübeck Magdeburg Mainz Mannheim
    München Münster Nürnberg Rostock Saarbrücken Stuttgart Wiesbaden Wuppertal
""")

STATES = _words("""
    AZ CA CO FL GA IL IN MA MD MI MN MO NC NJ NV NY OH OR PA SC TN TX UT VA WA WI
""")

AREA_CODES = _words("""
    206 212 213 303 305 312 404 408 415 469 503 512 602 615 617 619 650 702 713 720 801 813 916 919
""")

MAIL_HOSTS = ("example.com", "example.net", "example.org", "mail.example.com")

COMPANY_STARTS = _words("""
    Alpine Beacon Bluewater Cedar Cobalt Copper Delta Eagle Evergreen Falcon Granite Harbor Heritage Highland
    Ironwood Keystone Lakeside Lighthouse Maple Meridian Northgate Oakwood Pacific Pinnacle Prairie Redwood
    Ridgeline Riverside Silver Sterling Summit Sunrise Timberline Union Valley Westfield
""")

COMPANY_ENDS = _words("""
    Dental Electric Foods Freight Holdings Insurance Logistics Medical Motors Partners Plumbing Supply
""")

INTERESTS = ("Home insurance", "Car insurance", "Solar panels", "Broadband", "Mobile plan", "Windows and doors")

SOURCES = ("Web form", "Trade fair", "Referral", "Newsletter", "Comparison site")

LANGUAGES = ("en", "en", "en", "es", "fr", "vi")
