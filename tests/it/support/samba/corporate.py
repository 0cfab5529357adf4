"""A company in a directory: 320 people with names in many scripts, departments, teams and roles, and one of each oddity
that a reader of directories has to survive. The same entries each time.

Everything lies below OU=Corporate Users; its group JumpCloud holds the departments and the group of oddities.
"""

import ldb

FIRST = """Ada Björn Carla Dušan Elif François Grete Håkan İpek José Kateřina Łukasz Małgorzata Nuño Øyvind Petra Quentin
Renée Sørën Tomás Ümit Véronique Willem Xenia Yusuf Zoë Þóra Ольга 美咲 יעל سارة Νίκος""".split()
LAST = """Adams Brückner Castro Dvořák Eriksson Fernández Grönlund Horvat Ionescu Jørgensen Kowalska Lefèvre Müller Nguyễn
Öztürk Papadopoulos Quiñones Rossi Schäfer Taylor Urbán Vries Wójcik Yılmaz Žižek O'Brien Иванова 田中 כהן الحسن""".split()
DEPARTMENTS = ["Engineering", "Sales", "Finance", "People & Culture", "Legal", "IT Operations", "Research + Development", "Facilities"]
CITIES = ["Berlin", "Zürich", "São Paulo", "東京"]

SECURITY, UNIVERSAL, DOMAIN_LOCAL, DISTRIBUTION = -2147483646, -2147483640, -2147483644, 2

ODD_NAMES = {
    "comma": "Doe, John",
    "plus": "A+B",
    "quotes": 'Joe "the boss" Doe',
    "hash": "#1 Fan",
    "lead": " Lead",
    "trail": "Trail ",
    "backslash": "back\\slash",
    "equals": "E=mc2",
    "semicolon": "a;b",
    "angle": "<tag>",
    "newline": "Line\nFeed",
    "parens": "f*(x)",
    "emoji": "Smile 😀👩‍🚀",
    "combining": "Ame\u0301lie",
    "composed": "Am\u00e9lie Z",
    "rtl": "שלום עולם",
    "override": "Abc \u202edesrever",
    "cjk": "山田 花子",
    "long": "L" * 64,
    "dnlike": "CN=fake,DC=evil",
}


class Company:
    def __init__(self, database):
        self.database = database
        self.base = str(database.get_default_basedn())
        self.domain = self.base.lower().replace("dc=", "").replace(",", ".")
        self.root = self.unit("Corporate Users", self.base)

    def child(self, kind, name, parent):
        dn = ldb.Dn(self.database, "%s=x,%s" % (kind, parent))
        dn.set_component(0, kind, name)
        return str(dn)

    def add(self, dn, **attributes):
        entry = {name: value for name, value in attributes.items() if value not in (None, [])}
        self.database.add({"dn": dn, **{n: v if isinstance(v, (list, bytes)) else str(v) for n, v in entry.items()}})
        return dn

    def unit(self, name, parent):
        return self.add(self.child("OU", name, parent), objectClass="organizationalUnit")

    def user(self, name, parent, account, **over):
        attributes = {
            "objectClass": "user",
            "sAMAccountName": account,
            "userAccountControl": 512,
            "givenName": "Odd",
            "sn": account,
            "mail": "%s@%s" % (account, self.domain),
            "userPrincipalName": "%s@%s" % (account, self.domain),
        }
        return self.add(self.child("CN", name, parent), **{**attributes, **over})

    def group(self, name, parent, account, members, kind=SECURITY):
        return self.add(
            self.child("CN", name, parent), objectClass="group", sAMAccountName=account, groupType=kind, member=members
        )

    def change(self, dn, flag, **attributes):
        message = ldb.Message(ldb.Dn(self.database, dn))
        for name, value in attributes.items():
            message[name] = ldb.MessageElement(value, flag, name)
        self.database.modify(message)


def people(company):
    """320 users in four offices: eight departments, each of five teams of eight."""
    staff, groups = company.unit("People", company.root), company.unit("Groups", company.root)
    offices = [company.unit(city, staff) for city in CITIES]
    everybody, departments = [], []
    for number, department in enumerate(DEPARTMENTS):
        teams = []
        for team in range(5):
            members = []
            for seat in range(8):
                index = (number * 5 + team) * 8 + seat
                given, last = FIRST[index % len(FIRST)], LAST[(index * 7 + index // 30) % len(LAST)]
                account = "e%04d" % index
                members.append(company.user(
                    "%s %s (%d)" % (given, last, index), offices[index % 4], account, givenName=given, sn=last,
                    displayName="%s %s" % (given, last), department=department, title="Engineer" if seat else "Team Lead",
                    mail=None if index % 40 == 7 else "%s@%s" % (account, company.domain),
                    manager=members[0] if members else None,
                    userAccountControl=514 if index % 50 == 9 else 512))
            everybody += members
            teams.append(company.group("%s Team %d" % (department, team + 1), groups, "team-%d-%d" % (number, team), members))
        departments.append(company.group(department, groups, "department-%d" % number, teams, UNIVERSAL))
    company.group("All Employees", groups, "all-employees", everybody, DISTRIBUTION)
    return departments


def oddities(company):
    """One of everything, in one group."""
    odd = company.unit("Oddities", company.root)
    named = {key: company.user(name, odd, "odd-" + key) for key, name in ODD_NAMES.items()}
    members = list(named.values())
    members += [
        company.user("No Mail", odd, "odd-no-mail", mail=None),
        company.user("No Mail, No Upn", odd, "odd-no-upn", mail=None, userPrincipalName=None),
        company.user("Cher", odd, "odd-cher", sn=None),
        company.user("No Given Name", odd, "odd-no-given", givenName=None),
        company.user("Shared 1", odd, "odd-shared-1", mail="shared@" + company.domain),
        company.user("Shared 2", odd, "odd-shared-2", mail="SHARED@" + company.domain),
        company.user("Bad Mail", odd, "odd-bad-mail", mail="not an address"),
        company.user("Digits First", odd, "1st-floor"),
        company.user("Disabled", odd, "odd-disabled", userAccountControl=514),
        company.user("Expired", odd, "odd-expired", accountExpires=116444736000000000),
        company.user("Never Ends", odd, "odd-never-ends", accountExpires=9223372036854775807),
        company.user("Admin", odd, "odd-admin", adminCount=1),
        company.user("Outsider", "CN=Users," + company.base, "odd-outsider"),
        company.add(company.child("CN", "Partner", odd), objectClass="contact", sn="Partner", mail="partner@example.org"),
        company.add(company.child("CN", "PC01", odd), objectClass="computer", sAMAccountName="PC01$", userAccountControl=4096),
        company.add(company.child("CN", "gmsa", odd), **{
            "objectClass": "msDS-GroupManagedServiceAccount", "sAMAccountName": "gmsa$", "userAccountControl": 4096,
            "msDS-ManagedPasswordInterval": 30}),
        company.add(company.child("CN", "Inet Person", odd), objectClass="inetOrgPerson", sAMAccountName="odd-inet",
                    userAccountControl=512, givenName="Inet", sn="Person", mail="odd-inet@" + company.domain),
        "<SID=S-1-5-21-1111111111-2222222222-3333333333-1105>",
    ]

    chain = named["comma"]
    for depth in range(12, 0, -1):
        chain = company.group("Chain %02d" % depth, odd, "chain-%d" % depth, [chain])
    bottom = company.group("Diamond Bottom", odd, "diamond-bottom", [named["plus"]])
    sides = [company.group("Diamond %s" % side, odd, "diamond-" + side.lower(), [bottom]) for side in ("Left", "Right")]
    members += [chain, company.group("Diamond Top", odd, "diamond-top", sides)]

    third = company.group("Cycle C", odd, "cycle-c", [named["emoji"]])
    second = company.group("Cycle B", odd, "cycle-b", [third])
    first = company.group("Cycle A", odd, "cycle-a", [second])
    company.change(third, ldb.FLAG_MOD_ADD, member=first)
    itself = company.group("Self", odd, "self", [named["cjk"]])
    company.change(itself, ldb.FLAG_MOD_ADD, member=itself)
    members += [first, itself, company.group("Empty", odd, "empty", [])]
    members.append(company.group("Mailing List", odd, "mailing-list", [named["comma"]], DISTRIBUTION))
    members.append(company.group("Local", odd, "local", [named["hash"]], DOMAIN_LOCAL))
    members.append(company.group("Elsewhere", "CN=Users," + company.base, "elsewhere", [named["hash"]]))

    # AD takes a user out of `member` of the group that becomes its primary one.
    primary = company.user("Primary Only", odd, "odd-primary")
    holder = company.group("Primary Group", odd, "primary-group", [primary])
    sid = company.database.search(holder, scope=ldb.SCOPE_BASE, attrs=["objectSid"])[0]["objectSid"][0]
    rid = str(company.database.schema_format_value("objectSid", sid), "ascii").rsplit("-", 1)[1]
    company.change(primary, ldb.FLAG_MOD_REPLACE, primaryGroupID=rid)
    members.append(holder)
    return company.group('Oddities, "all"', odd, "oddities", members)


def seed(database):
    company = Company(database)
    company.group("JumpCloud", company.root, "JumpCloud", people(company) + [oddities(company)])
