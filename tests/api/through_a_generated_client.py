"""A user turns 2FA on, shows a code, recovers, is remembered and turns it off, through a client that a foreign generator
made of docs/openapi.json. It knows nothing of the service but that document; the code it shows is computed from RFC 6238.

    through_a_generated_client.py ADDRESS API_KEY
"""

import base64
import hashlib
import hmac
import struct
import sys
import time

from countersign_client import AuthenticatedClient
from countersign_client.api.account import forget_user, replace_recovery_codes, show_account, turn_off
from countersign_client.api.devices import forget_devices, list_devices
from countersign_client.api.events import list_events
from countersign_client.api.turn_on import confirm_authenticator, offer_authenticator
from countersign_client.api.verify import verify
from countersign_client.models import Confirm, OnOrOff, Problem, Start, Verify, VerifiedAnswer

USER = "jana/o'neill@example.com"
PERIOD = 30


def code(key: str, step: int) -> str:
    """RFC 6238 with SHA-1 and six digits."""
    digest = hmac.new(base64.b32decode(key), struct.pack(">Q", step), hashlib.sha1).digest()
    at = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[at : at + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"


def main(address: str, api_key: str) -> None:
    client = AuthenticatedClient(base_url=f"{address}/api/v1", token=api_key, raise_on_unexpected_status=True)
    on = dict(user=USER, client=client)

    assert show_account.sync(**on).two_factor is OnOrOff.OFF
    offered = offer_authenticator.sync(**on, body=Start(account_name="jana@example.com"), idempotency_key="offer")
    assert offer_authenticator.sync(**on, body=Start(account_name="jana@example.com"), idempotency_key="offer") == offered

    wrong = confirm_authenticator.sync_detailed(**on, id=offered.id, body=Confirm(code=code(offered.key, 1)))
    assert wrong.status_code == 403 and isinstance(wrong.parsed, Problem), wrong
    assert wrong.parsed.verified is False and wrong.parsed.explanation.reason is not None, wrong

    # The step before and the present one and the next are all good, each once and in their order.
    step = int(time.time()) // PERIOD
    proof = Confirm(code=code(offered.key, step), name="Phone")
    codes = confirm_authenticator.sync(**on, id=offered.id, body=proof).recovery_codes
    assert len(codes) == 2, codes

    shown = Verify(code=code(offered.key, step + 1), remember_device=True)
    verified = verify.sync(**on, body=shown, idempotency_key="verify")
    assert isinstance(verified, VerifiedAnswer) and verified.verified, verified
    replayed = verify.sync_detailed(**on, body=shown)
    assert replayed.status_code == 403 and replayed.parsed.type_.endswith("#spent-code"), replayed
    assert verify.sync(**on, body=shown, idempotency_key="verify").device.token == verified.device.token

    trusted = verify.sync(**on, body=Verify(device_token=verified.device.token))
    assert trusted.verified and trusted.device.token != verified.device.token, trusted
    recovered = verify.sync(**on, body=Verify(recovery_code=codes[0].lower()))
    assert recovered.verified and recovered.recovery_codes_left == 1, recovered
    assert verify.sync_detailed(**on, body=Verify(recovery_code=codes[0])).status_code == 403
    assert len(replace_recovery_codes.sync(**on).recovery_codes) == 2

    account = show_account.sync(**on)
    assert account.two_factor is OnOrOff.ON and [one.name for one in account.authenticators] == ["Phone"], account
    assert len(list_devices.sync(**on)) == 1
    forget_devices.sync_detailed(**on)
    assert turn_off.sync_detailed(**on).status_code == 204
    assert verify.sync(**on, body=Verify(code="123456")).status == 409
    kinds = [event.kind for event in list_events.sync(client=client).events if event.user == USER]
    assert kinds[0] == "account-created" and kinds[-1] == "two-factor-off", kinds
    assert forget_user.sync_detailed(**on).status_code == 204
    print("A generated client turned it on, verified, recovered, remembered and turned it off.")


if __name__ == "__main__":
    main(*sys.argv[1:])
