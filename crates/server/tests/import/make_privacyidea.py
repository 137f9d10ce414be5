"""Makes fixtures/privacyidea.* with a real privacyIDEA, in a directory that is thrown away: tokens of people who never
lived, exported by its own command in each of its forms.

    pip install "privacyidea==3.14"
    PATH=…/bin:$PATH python make_privacyidea.py fixtures
"""

import os
import pathlib
import re
import subprocess
import sys
import tempfile

out = pathlib.Path(sys.argv[1]).resolve()
place = pathlib.Path(tempfile.mkdtemp())
os.chdir(place)
(place / "users").write_text(
    "".join(
        f"{name}:x:{uid}:{uid}:{given},,,,{name}@example.org:/nowhere:/bin/false\n"
        for name, uid, given in [("jana", 1001, "Jana Nováková"), ("karel", 1002, "Karel"), ("marie", 1003, "Marie")]
    )
)
(place / "pi.cfg").write_text(
    f"""
SUPERUSER_REALM = ["super"]
SQLALCHEMY_DATABASE_URI = "sqlite:///{place}/pi.sqlite"
SECRET_KEY = "of nobody"
PI_PEPPER = "of nobody"
PI_ENCFILE = "{place}/enckey"
PI_AUDIT_NO_SIGN = True
PI_LOGFILE = "{place}/pi.log"
"""
)
os.environ["PRIVACYIDEA_CONFIGFILE"] = str(place / "pi.cfg")
subprocess.run(["pi-manage", "setup", "create_enckey"], check=True, stdout=subprocess.DEVNULL)
subprocess.run(["pi-manage", "setup", "create_tables"], check=True, stdout=subprocess.DEVNULL)

from privacyidea.app import create_app

app = create_app(config_name="production", config_file=str(place / "pi.cfg"), silent=True)
with app.app_context():
    from privacyidea.lib.realm import set_realm
    from privacyidea.lib.resolver import save_resolver
    from privacyidea.lib.token import init_token
    from privacyidea.lib.user import User

    save_resolver({"resolver": "staff", "type": "passwdresolver", "fileName": str(place / "users")})
    set_realm("example", [{"name": "staff"}])

    def token(serial, user, key, **more):
        more = {"serial": serial, "otpkey": key.hex(), "type": "totp"} | more
        init_token(more, user=User(user, realm="example") if user else None)

    token("TOTP0001", "jana", b"jana-has-this-secret", description="Phone")
    token("TOTP0002", "karel", b"karel-and-his-own-secret-32bytes", hashlib="sha256", otplen=8, timeStep=60)
    token("HOTP0003", "marie", b"marie-has-a-counter!", type="hotp")
    token("TOTP0004", None, b"of-nobody-in-a-drawer")
    token("PW000005", "marie", b"", type="spass")

for form in ["pi", "pskc", "csv"]:
    file = out / f"privacyidea.{ {'pi': 'pi', 'pskc': 'xml', 'csv': 'csv'}[form] }"
    ran = subprocess.run(
        ["pi-tokenjanitor", "find", "export", "--format", form, "--file", str(file)],
        check=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    told = re.search(r"\n\t(\S+)\n", ran.stdout)
    if told:
        (out / f"privacyidea-{form}.key").write_text(told.group(1) + "\n")
