"""HTTP proxies that others run, on the internet side of a line that lets nothing else out."""
import hashlib

from world import run

PROXY4, PROXY6, PORT = "198.51.100.60", "2001:db8:51::60", 3128
ONLY_PROXY = ["--allow", f"tcp:{PORT}"]
USER, PASSWORD = "desk", "proxy password 5"
REALM = "lab"

# Squid gives up root for a user that a user namespace does not know; here it is nobody's root from the start.
AS_A_USER = ["unshare", "--user", "--map-user=1000", "--map-group=1000"]


def url(with_password):
    login = f"{USER}:{PASSWORD.replace(' ', '%20')}@" if with_password else ""
    return f"http://{login}{PROXY4}:{PORT}"


def tinyproxy(world):
    """Asks nobody who he is, and lets CONNECT through to port 443 alone."""
    machine = world.public_machine("proxy", PROXY4, PROXY6)
    config = world.file("tinyproxy.conf", f"Port {PORT}\nListen {PROXY4}\nTimeout 600\nConnectPort 443\nLogLevel Info\n")
    program = machine.start("tinyproxy", "tinyproxy", "-d", "-c", config)
    program.wait_line("Accepting connections", 15)
    return program


def squid(world, scheme):
    """Wants user and password, by `scheme`: basic or digest."""
    machine = world.public_machine("proxy", PROXY4, PROXY6)
    if scheme == "basic":
        known = f"{USER}:{run('openssl', 'passwd', '-apr1', PASSWORD).strip()}\n"
        helper = "/usr/lib/squid/basic_ncsa_auth"
    else:
        secret = hashlib.md5(f"{USER}:{REALM}:{PASSWORD}".encode()).hexdigest()
        known, helper = f"{USER}:{REALM}:{secret}\n", "/usr/lib/squid/digest_file_auth -c"
    passwords = world.file("squid-passwords", known)
    log = world.file("squid.log")
    config = world.file("squid.conf", f"""
http_port {PROXY4}:{PORT}
auth_param {scheme} program {helper} {passwords}
auth_param {scheme} children 1
auth_param {scheme} realm {REALM}
acl known proxy_auth REQUIRED
acl tls port 443
http_access deny !tls
http_access allow known
http_access deny all
cache deny all
pid_filename none
pinger_enable off
shutdown_lifetime 0 seconds
visible_hostname proxy
access_log stdio:{log}
cache_log /dev/stdout
coredump_dir {world.folder}
""")
    program = machine.start("squid", *AS_A_USER, "squid", "-N", "-f", config)
    program.wait_line("Accepting HTTP Socket connections", 30)
    return program
