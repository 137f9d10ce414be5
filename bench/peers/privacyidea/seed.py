"""Makes the tables, an administrator and TOTP tokens, and writes a line for each: its serial and its secret. Tokens belong
to nobody and are asked for by serial, which spares privacyIDEA the search for their owner."""

import base64
import os
import secrets
import sys

from privacyidea.app import create_app
from privacyidea.lib.auth import create_db_admin
from privacyidea.lib.token import init_token
from privacyidea.models import db

count, file = int(sys.argv[1]), sys.argv[2]
app = create_app(config_name="production", config_file=os.environ["PRIVACYIDEA_CONFIGFILE"], silent=True)
with app.app_context(), open(file, "w") as lines:
    db.create_all()
    create_db_admin("admin", password="measured")
    for nth in range(count):
        secret = secrets.token_bytes(20)
        init_token({"type": "totp", "otpkey": secret.hex(), "serial": f"BENCH{nth}"})
        lines.write(f"BENCH{nth} {base64.b32encode(secret).decode().rstrip('=')}\n")
