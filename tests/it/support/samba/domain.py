"""Works on the database of a Samba domain controller directly, through Samba's own modules: what would be slow or
clumsy over LDAP. Needs the distribution's python, where those modules live.

    domain.py CONF prepare ACCOUNT PASSWORD    the import account and the folder of the tests
    domain.py CONF deny DN ACCOUNT WHAT        WHAT: "everything", "children" or the schema GUID of an attribute
"""

import sys

import ldb
from samba import param
from samba.auth import system_session
from samba.samdb import SamDB
from samba.sd_utils import SDUtils


def open_database(conf):
    settings = param.LoadParm()
    settings.load(conf)
    # Bulk loading without these options takes twice as long.
    options = ["batch_mode:1", "transaction_index_cache_size:200000"]
    return SamDB(url=settings.private_path("sam.ldb"), session_info=system_session(settings), lp=settings, options=options)


def replace(database, dn, **attributes):
    message = ldb.Message(ldb.Dn(database, dn))
    for name, value in attributes.items():
        message[name] = ldb.MessageElement(str(value), ldb.FLAG_MOD_REPLACE, name)
    database.modify(message)


def prepare(database, account, password):
    base = str(database.get_default_basedn())
    # Tests set whatever passwords they like, and get them wrong as often as they like.
    replace(database, base, minPwdLength=0, minPwdAge=0, maxPwdAge=0, pwdHistoryLength=0, pwdProperties=0, lockoutThreshold=0)
    database.newuser(account, password, useusernameascn=True, description="Reads the directory for JumpCloud")
    domain = base.lower().replace("dc=", "").replace(",", ".")
    # NORMAL_ACCOUNT | DONT_EXPIRE_PASSWORD
    replace(database, "CN=%s,CN=Users,%s" % (account, base), userAccountControl=0x10200, userPrincipalName="%s@%s" % (account, domain))
    database.add({"dn": "OU=Tests," + base, "objectClass": "organizationalUnit"})


def deny(database, dn, account, what):
    found = database.search(database.get_default_basedn(), scope=ldb.SCOPE_SUBTREE, expression="(sAMAccountName=%s)" % account)
    sid = database.schema_format_value("objectSid", found[0]["objectSid"][0]).decode()
    aces = {
        # Read property, list contents, list object, control access, read control.
        "everything": "(D;;RPLCLOCRRC;;;%s)" % sid,
        # List contents and list object: what lies below is out of sight.
        "children": "(D;;LCLO;;;%s)" % sid,
    }
    SDUtils(database).dacl_add_ace(dn, aces.get(what, "(OD;;RP;%s;;%s)" % (what, sid)))


def main(conf, command, *arguments):
    database = open_database(conf)
    if command == "prepare":
        import corporate

        database.transaction_start()
        prepare(database, *arguments)
        corporate.seed(database)
        database.transaction_commit()
    elif command == "deny":
        deny(database, *arguments)
    else:
        sys.exit("no such command: " + command)


if __name__ == "__main__":
    main(*sys.argv[1:])
