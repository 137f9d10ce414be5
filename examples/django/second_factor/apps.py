from django.apps import AppConfig


class SecondFactorConfig(AppConfig):
    name = "second_factor"

    def ready(self):
        # The lock is there with the application: whoever forgets the middleware gets nobody in, not everybody.
        from . import lock  # noqa: F401
