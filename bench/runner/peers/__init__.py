"""Other products, as their registries ship them. One that cannot be installed says so, and stops nothing."""

from .allauth import Allauth
from .better_auth import BetterAuth
from .lemonldap import LemonLdap
from .privacyidea import PrivacyIdea

ALL = [BetterAuth, Allauth, PrivacyIdea, LemonLdap]
