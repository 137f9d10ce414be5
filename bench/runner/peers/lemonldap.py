"""LemonLDAP::NG, from Debian: what it answers to nginx's question whether a session is good."""

import contextlib
import json
import os
import re
import subprocess
import time

from ..loads import tell
from ..processes import PATIENCE, Broken, Started, ask, run
from .peer import Peer

HOST = "test1.example.com"  # a site of its own sample configuration
KEPT, SETTINGS = "/var/lib/lemonldap-ng", "/etc/lemonldap-ng/lemonldap-ng.ini"


class LemonLdap(Peer):
    name, folder, accounts = "LemonLDAP::NG", "lemonldap", 1000
    packages = ["lemonldap-ng-fastcgi-server", "liblemonldap-ng-portal-perl"]
    as_shipped = "its FastCGI server with seven processes, its sample configuration: sessions in files, and a cache"

    def fetch(self):
        """Its packages and what they need, unpacked into the cache: nothing is installed."""
        said = run(["apt-get", "install", "--simulate", "--no-install-recommends", *self.packages])
        wanted = re.findall(r"^Inst (\S+)", said, re.MULTILINE)
        wanted = [package for package in wanted if not re.match(r"perl|libperl5", package)]
        if not wanted:
            raise Broken("it is installed on this machine; the benchmark wants it unpacked beside")
        debs = self.home / "debs"
        debs.mkdir()
        run(["apt-get", "download", *wanted], cwd=debs)
        for deb in debs.glob("*.deb"):
            run(["dpkg", "-x", deb, self.home / "root"])
        # Where its configuration is stands in its code.
        constants = self.home / "root/usr/share/perl5/Lemonldap/NG/Common/Conf/Constants.pm"
        text = constants.read_text()
        constants.write_text(text.replace(f'"{SETTINGS}"', "$ENV{LLNG_INI}", 1))

    def version(self):
        deb = next((self.home / "debs").glob("lemonldap-ng-fastcgi-server_*"))
        return deb.name.split("_")[1].replace("%3a", ":")

    @contextlib.contextmanager
    def served(self):
        root, place = self.home / "root", self.place
        for folder in ("conf", "cache", "captcha", "notifications", "sessions/lock", "psessions/lock"):
            (place / folder).mkdir(parents=True)
        for source, to in {f"{KEPT}/conf/lmConf-1.json": "conf/lmConf-1.json", SETTINGS: "lemonldap-ng.ini"}.items():
            text = (root / source.lstrip("/")).read_text()
            (place / to).write_text(text.replace(KEPT, str(place)))
        tokens = []
        for nth in range(self.accounts):
            tokens.append(f"{nth:064x}")
            session = {"_session_id": tokens[-1], "_session_kind": "SSO", "_utime": int(time.time()), "groups": ""}
            session |= {name: f"user-{nth}" for name in ("uid", "_user", "_whatToTrace")}
            (place / "sessions" / tokens[-1]).write_text(json.dumps(session | {"authenticationLevel": 1}))
        # One of them is deleted later.
        self.deleted = tokens.pop()
        self.tokens.write_text("\n".join(tokens) + "\n")
        libraries = f"{root}/usr/lib/x86_64-linux-gnu"
        env = {
            "PERL5LIB": f"{root}/usr/share/perl5:{libraries}/perl5/5.36",
            "LD_LIBRARY_PATH": libraries,
            "LLNG_INI": str(place / "lemonldap-ng.ini"),
            "LLNG_DEFAULTLOGGER": "Lemonldap::NG::Common::Logger::Std",
        }
        self.socket = place / "socket"
        command = ["perl", root / "usr/sbin/llng-fastcgi-server", "--foreground", "--pid", place / "pid"]
        command += ["--socket", self.socket]
        if os.geteuid() == 0:
            # It refuses to run for root.
            run(["chown", "-R", "nobody", place])
            command = ["setpriv", "--reuid=nobody", "--clear-groups", "--", *command]
        began = time.perf_counter()
        with open(self.home / "log", "w") as log:
            process = subprocess.Popen(
                [str(part) for part in command], stdout=log, stderr=log, env={**os.environ, **env}, cwd="/"
            )
        try:
            while not self.socket.exists():
                if process.poll() is not None or time.perf_counter() - began > PATIENCE:
                    raise Broken("it does not start:\n" + (self.home / "log").read_text()[-1000:])
                time.sleep(0.01)
            yield Started(process, None, (time.perf_counter() - began) * 1000, None)
        finally:
            process.terminate()
            process.wait(PATIENCE)

    def location(self, path, page):
        """A page of nginx that it guards, as its documentation has it."""
        return (
            f"upstream lemonldap {{ server unix:{self.socket}; }}\n",
            f"""
    location = {path} {{ auth_request /lmauth; alias {page}; }}
    location = /lmauth {{
      internal;
      include /etc/nginx/fastcgi_params;
      fastcgi_pass lemonldap;
      fastcgi_pass_request_body off;
      fastcgi_param CONTENT_LENGTH "";
      fastcgi_param HTTP_HOST {HOST};
      fastcgi_param HOST {HOST};
      fastcgi_param X_ORIGINAL_URI $request_uri;
    }}
""",
        )

    def cookie(self):
        return "lemonldap=<token>"

    def forgets(self, port, path):
        """Whether a session that was deleted is refused at once."""
        headers = {"Cookie": f"lemonldap={self.deleted}"}
        if ask(port, path, headers=headers)[0] != 200:
            raise Broken("it refuses a good session")
        (self.place / "sessions" / self.deleted).unlink()
        refused = all(ask(port, path, headers=headers)[0] != 200 for _ in range(20))
        tell(f"  a deleted session is {'refused' if refused else 'accepted still'} by {self.name}")
        return refused
