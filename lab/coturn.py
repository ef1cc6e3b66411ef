"""coturn, the relay that others run, on a machine of its own on the internet."""
COTURN4 = "198.51.100.20"
SECRET = "a secret that the relay shares"
TLS_PORT = 5349


class Coturn:
    """With a shared secret (use-auth-secret), or with one long-term user NAME:PASSWORD. TLS on 5349."""

    def __init__(self, world, user=None):
        self.machine = world.public_machine("coturn", COTURN4)
        key, certificate = world.file("coturn-key.pem"), world.file("coturn-cert.pem")
        self.machine.run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=relay.lab",
                         "-keyout", key, "-out", certificate)
        who = (["--lt-cred-mech", f"--user={user}"] if user
               else ["--use-auth-secret", f"--static-auth-secret={SECRET}"])
        self._command = [
            "turnserver", "-n", f"--listening-ip={COTURN4}", f"--relay-ip={COTURN4}", "--realm=relay.lab", *who,
            f"--cert={certificate}", f"--pkey={key}", f"--tls-listening-port={TLS_PORT}", "--no-cli", "--fingerprint",
            "--log-file=stdout", "--simple-log", "--verbose", f"--pidfile={world.file('coturn.pid')}",
            f"--userdb={world.file('coturn.db')}"]
        self.start()

    def start(self):
        """Also again, after program.kill()."""
        self.program = self.machine.start("coturn", *self._command)
        self.program.wait_line("listener opened on", 15)
