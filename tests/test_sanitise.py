"""What comes from outside is one safe line without secrets before anyone reads it."""

import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seatrial.sanitise import CAP, HIDDEN, clean, decode, redact
from seatrial.verdicts import failed

UNSAFE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
SECRET = "hunter2"

SECRETS = r"""
password=hunter2
Password: hunter2
password := "hunter2"
'password' => 'hunter2'
password -> hunter2
password = '''hunter2'''
password[0]=hunter2
secrets: [other, hunter2]
token=[x]hunter2
"tokens": ["other", "hunter2"]
app:hunter2@tcp(db:3306)/x
app:hunter2@unix(/run/mysqld.sock)/x
db.password.0=hunter2
PGPASSWORD=hunter2 psql
MYSQL_PWD=hunter2
DB_PASS=hunter2
DB_PASS: hunter2
dbPass=hunter2
pass: hunter2
PASS=hunter2
bindpw hunter2
psk=hunter2
otp: hunter2
clientSecret: hunter2
AccountKey=hunter2
aws_secret_access_key = hunter2
credentials: bob:hunter2
X-Api-Key: hunter2
x-vault-token=hunter2
npm_config__authToken=hunter2
private_key_passphrase: hunter2
export DB_PASSWORD='hunter2'
ENV DB_PASSWORD hunter2
passwd hunter2
password="correct horse hunter2
password="correct horse hunter2" next
password: correct horse hunter2
password=a,hunter2
password=a;hunter2
password=a&hunter2
password=a"hunter2
password=a'hunter2
password=}hunter2
password=%26hunter2
password=x password=hunter2
{"password":"hunter2"}
{"password": "a\"hunter2"}
{\"password\":\"hunter2\"}
{\\\"password\\\":\\\"hunter2\\\"}
{'password': b'hunter2'}
{"Env":["A=b","DB_PASSWORD=hunter2"]}
{"name": "DB_PASSWORD", "value": "hunter2"}
{"auth": "aHVudGVyMg1hunter2=="}
{password=hunter2, user=bob}
Config(user=bob, password=hunter2)
map[password:hunter2 user:bob]
('password', 'hunter2')
<password>hunter2</password>
<property name="password" value="hunter2"/>
<entry key="db.password">hunter2</entry>
password=&quot;hunter2&quot;
Server=x;Pwd=hunter2;Database=z
https://user:hunter2@host/x
https://user:p/hunter2@host/x
https://user:p@hunter2@host/x
redis://:hunter2@redis:6379/0
https://hunter2hunter2hunter2@host/x
https%3A%2F%2Fuser%3Ahunter2%40host
password%3Dhunter2%26user%3Dbob
jdbc:mysql://h/db?user=a&password=hunter2
jdbc:oracle:thin:scott/hunter2@//db:1521/x
GET /x?sig=hunter2hunter2&x=1
GET /x?X-Amz-Signature=hunter2hunter2
GET /login?user=bob&password=hunter2&x=1 HTTP/1.1
GET /x;jsessionid=hunter2
Authorization: Basic hunter2
Authorization: hunter2
Authorization: ApiKey hunter2
Authorization: Digest username="bob", realm="x", response="hunter2"
Authorization: AWS4-HMAC-SHA256 Credential=AK/2023, SignedHeaders=host, Signature=hunter2
Authorization=Bearer%20hunter2
"Authorization": "Basic hunter2"
{'Authorization': 'Token hunter2'}
Proxy-Authorization: Basic hunter2
curl -H 'Authorization: Bearer hunter2' http://x
Cookie: a=b; session=hunter2
Set-Cookie: sid=hunter2; Path=/
bearer hunter2hunter2
--password hunter2
--pass "hunter2"
--from-literal=password=hunter2
redis-server --requirepass hunter2
["redis-server","--requirepass","hunter2"]
requirepass hunter2
redis-cli -h x -a hunter2 ping
mysql -u root -phunter2 db
mysqldump -u root -p hunter2 db
sshpass -p hunter2 ssh x
docker login -u bob -p hunter2 registry
curl -u bob:hunter2 http://x
['curl', '-u', 'bob:hunter2']
curl --proxy-user bob:hunter2 http://x
openssl rsa -passin pass:hunter2
machine x login bob password hunter2
addauth digest super:hunter2
digest:super:hunter2
password is hunter2
the password was "hunter2"
token is hunter2
password (root): hunter2
A temporary password is generated for root@localhost: hunter2
The generated password for the elastic built-in superuser is : hunter2
Using generated security password: hunter2
CREATE USER x IDENTIFIED BY 'hunter2'
ALTER USER x WITH PASSWORD 'hunter2';
$6$hunter2$abcdefghijklmnopqrstuvwxyz
QINIU_SK=hunter2hunter2hunter2hunter2
密码：hunter2
密码为hunter2
登录口令是 hunter2
""".strip().splitlines()

SEVERAL_LINES = [
    "password:\n  hunter2",
    "password: |\n  first\n  hunter2\nuser: bob",
    "- name: DB_PASSWORD\n  value: hunter2",
    "user: bob\npassword: correct horse hunter2\nport: 1",
    "-----BEGIN RSA PRIVATE KEY-----\nhunter2",
    "-----BEGIN PGP PRIVATE KEY BLOCK-----\nhunter2\n-----END PGP PRIVATE KEY BLOCK-----",
    "A=1\0PASSWORD=hunter2\0B=2",
    "\x1b[36mpassword\x1b[0m=\x1b[35mhunter2\x1b[0m",
    "pass\x1b]0;x\x07word=hunter2",
    "pass\u200bword=hunter2",
    "password\u200b=\u202ehunter2",
]

SHAPES = {
    "AWS": "AKIA" + "X7" * 8,
    "GitHub": "ghp_" + "a1" * 18,
    "GitHub, fine-grained": "github_pat_" + "a1" * 30,
    "GitLab": "glpat-" + "a1" * 10,
    "Slack": "xoxb-" + "1234567890" * 3,
    "Stripe": "sk_live_" + "a1" * 14,
    "JWT": "eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiIxIn0" + "." + "c2ln" * 8,
    "Qiniu": "a-_1" * 10 + ":" + "b" * 27 + "=:" + "c" * 20,
    "bcrypt": "$2b$10$" + "a1" * 26,
    "a line of a key": "MIIEpAIBAAKCAQEA7" + "bV3/" * 12,
}

ORDINARY = """
relay.0: /etc/passwd is as declared (regular, uid 0)
relay.0: token_bucket = 0, expected >= 1
token_bucket: 17
tokens_total=1234567
tokenCount: 3
tokens: 5
password is required
password is incorrect
Failed password for invalid user bob from 10.0.0.1 port 22
Access denied for user 'root'@'localhost' (using password: YES)
open /run/secrets/db_password: no such file or directory
open /run/secrets/db_password: permission denied
MYSQL_PASSWORD_FILE=/run/secrets/x
--token-file /run/x
PWD=/opt/relay
token-server.0: expected 1 p2prelay, found 0
secret-store.1/process.count[x]
tokenizer: loaded 3
monkey: 5, compass: north, author: bob, bypass: on
PASS: 12, FAIL: 0; pass: 12
Basic authentication failed for bob
http://host:8080/path?mail=a@b
ssh://deploy@host
docker run --name mysql -p 3306:3306 -u 1000:1000 mysql
sessionid = 0x1000, negotiated timeout = 40000
listens on [::ffff:127.0.0.1]:8080 and fe80::1
/var/lib/docker/overlay2/0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef/Merged
sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
""".strip().splitlines()


HARD = [
    *("password" * 2000, "token_" * 2600, "credential.-" * 1300, "password='" * 1600, "<password" * 1700),
    *("token is" + " " * 15000, "password" + " " * 15000, "-" * 15000 + "pass", "password=" + ",a" * 8000),
    *("mysql " * 2600, "password for " * 1200, "password=" + "\\" * 15000, "\n\t " * 4000 + "password"),
    *("authorization: a=b," * 800, "-u " * 5000, "password',   " * 1200, "\x1b[" + "1;" * 7000, "A1b/" * 4000),
    *("value password " * 1000, "-----BEGIN PRIVATE KEY" * 700, "=" * 16000, "a-" * 8000 + "=", "://a:" * 3200),
    *("eyJaaaaaaaa" * 1400, "password: |" + "\n " * 7000, "login a " * 2000, "addauth a " * 1600, "oracle:a:" * 1700),
]


class TestSecrets:
    @pytest.mark.parametrize("text", SECRETS + SEVERAL_LINES)
    def test_a_secret_is_hidden_however_it_is_written(self, text: str) -> None:
        assert SECRET not in clean(text)
        assert HIDDEN in clean(text)

    @pytest.mark.parametrize("text", SECRETS)
    def test_bytes_and_evidence_and_log_lines_hide_it_too(self, text: str) -> None:
        line = f"2026-11-25 13:00:00 ERROR [main] starting with {text}"
        verdict = failed(f"relay.0: last log line: {line}", last_line=line.encode())
        assert "horse hunter2" in line or SECRET not in repr(verdict)

    @pytest.mark.parametrize("name", SHAPES)
    def test_a_secret_is_known_by_its_shape(self, name: str) -> None:
        assert clean(f"found {SHAPES[name]} there") == f"found {HIDDEN} there"
        assert SHAPES[name][6:-6] not in clean(f"x={SHAPES[name]},")

    @pytest.mark.parametrize("text", ORDINARY)
    def test_ordinary_lines_are_left_alone(self, text: str) -> None:
        assert clean(text) == text

    @pytest.mark.parametrize("text", SECRETS + SEVERAL_LINES)
    def test_what_is_clean_stays_as_it_is(self, text: str) -> None:
        assert clean(clean(text)) == clean(text)

    def test_what_stands_around_a_secret_stays(self) -> None:
        assert clean("GET /?password=x&user=bob") == f"GET /?password={HIDDEN}&user=bob"
        assert clean("postgres://bob:x@db:5432/a") == f"postgres://bob:{HIDDEN}@db:5432/a"
        assert clean('{"token": "x y", "port": 80}') == f'{{"token": {HIDDEN}, "port": 80}}'

    def test_half_a_secret_at_the_cut_is_not_shown(self) -> None:
        key = "-----BEGIN PRIVATE KEY-----" + "a" * (4 * CAP - 100) + "-----END PRIVATE KEY-----"
        for length in range(4 * CAP - len(key) - 60, 4 * CAP - len(key)):
            assert "swordfish" not in clean(f"{key} {'x' * length} http://bob:swordfish@host/")

    @settings(deadline=None)
    @given(
        st.sampled_from(["password", "DB_PASSWORD", "api-key", "access_token", "clientSecret", "passphrase", "my.pwd"]),
        st.sampled_from(["=", ": ", ":", " = ", "=>", " := "]),
        st.sampled_from(["", '"', "'", '\\"', '"""']),
        st.text("abcXYZ019!#$*+-./<>?@[]^_{|}~,;&", max_size=12),
        st.sampled_from(["", " user=bob", ", next", "\n", "} ]"]),
    )
    def test_any_password_after_any_key_is_hidden(self, key: str, sign: str, quote: str, odd: str, after: str) -> None:
        text = f"{key}{sign}{quote}Zq7{odd}Zq7{quote}{after}"
        assert "Zq7" not in clean(text)


COMMANDS = [
    *("::error::x", "::error file=a::x", "::add-mask::x", "::set-output name=a::b", "::stop-commands::t", "::Group::x"),
    *("##vso[task.setvariable]x", "##[error]x", "##VSO[a]", "##teamcity[x]", ":\r:error::x", "\x1b[m::error::x"),
]


class TestOneSafeLine:
    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("a\x1b]0;title\x07b", "a\\u001b]0;title\\u0007b"),
            ("\x1b[1;31mred\x1b[0m", "red"),
            ("\x1b[2Jgone", "\\u001b[2Jgone"),
            ("\u202eabc\u2066", "\\u202eabc\\u2066"),
            ("a\x9bb\x85c", "a\\u009bb\\u0085c"),
            ("a\x00b", "a\\u0000b"),
            ("a\ud800b", "a\\ud800b"),
            ("a\U000e0041b", "a\\U000e0041b"),
            ("one\ntwo\r\nthree\rfour", "one⏎two⏎three⏎four"),
            ("a\tb", "a b"),
            ("a\u2028b", "a\\u2028b"),
            ("é 中 🚢", "é 中 🚢"),
            ("full\u3000width", "full\u3000width"),
        ],
    )
    def test_what_a_terminal_would_obey_is_written_out(self, text: str, shown: str) -> None:
        assert clean(text) == shown

    @pytest.mark.parametrize("command", COMMANDS)
    def test_no_ci_system_takes_it_for_a_command(self, command: str) -> None:
        shown = clean(command)
        assert not re.search(r"^::[a-z]|##(?:vso)?\[|##teamcity", shown, re.IGNORECASE)
        assert not re.search(r"⏎::[a-z]", clean(f"x\n{command}"), re.IGNORECASE)

    @pytest.mark.parametrize("text", ["std::io::Error x", "org::foo::Bar: gone", "-MIO::Socket::INET"])
    def test_two_colons_within_a_name_stay_as_they_are(self, text: str) -> None:
        assert clean(text) == text

    @pytest.mark.parametrize("length", [CAP + 1, 4 * CAP, 4 * CAP + 1, 100 * CAP])
    def test_a_long_text_is_cut_and_the_cut_is_said(self, length: int) -> None:
        assert len(clean("x" * length)) == CAP
        assert clean("x" * length).endswith(f"x… ({length} characters)")
        assert clean(clean("x" * length)) == clean("x" * length)

    def test_a_long_secret_that_is_hidden_does_not_hide_the_cut(self) -> None:
        assert clean("password=" + "x" * 100 * CAP).endswith(f"… ({100 * CAP + 9} characters)")

    def test_a_text_at_the_cap_is_whole(self) -> None:
        assert clean("x" * CAP) == "x" * CAP
        assert clean("x" * 50, 40) == "x" * 23 + "… (50 characters)"

    @pytest.mark.parametrize("value", [None, 17, 2.5, ("a", 1), OSError(2, "No such file")])
    def test_anything_can_be_shown(self, value: object) -> None:
        assert clean(value) == str(value)

    @settings(deadline=None, max_examples=300)
    @given(
        st.lists(
            st.text(st.characters(exclude_categories=()), max_size=20)
            | st.sampled_from([*SECRETS, *SEVERAL_LINES, "::error::", "##[", "\r\n", "'", '"', "\\", "=", " "]),
            max_size=12,
        )
    )
    def test_whatever_comes_it_is_one_short_line_that_any_file_can_hold(self, parts: list[str]) -> None:
        shown = clean("".join(parts))
        assert not {unicodedata.category(character) for character in shown} & UNSAFE
        assert len(shown) <= CAP
        assert len(shown.splitlines()) <= 1
        assert shown.encode().decode() == shown

    @settings(deadline=None)
    @given(st.binary(max_size=200))
    def test_any_bytes_are_one_safe_line(self, data: bytes) -> None:
        shown = clean(data)
        assert not {unicodedata.category(character) for character in shown} & UNSAFE
        assert clean(shown) == shown or HIDDEN in clean(shown)

    @pytest.mark.parametrize("text", HARD)
    def test_no_text_sends_a_pattern_back_and_forth(self, text: str) -> None:
        assert len(clean(text)) <= CAP, "a pattern that backtracks would not come back for minutes"


class TestDecoding:
    def test_utf_8_then_gb18030_then_bytes_written_out(self) -> None:
        assert decode("启动失败".encode()) == "启动失败"
        assert decode("启动失败".encode("gb18030")) == "启动失败"
        assert decode(b"\xff\xffok\x81") == "\\xff\\xffok\\x81"

    def test_a_character_cut_in_the_middle_changes_no_other(self) -> None:
        assert decode("启动失败".encode()[:-1]) == "启动失\\xe8\\xb4"
        assert decode("启动失败了吗".encode("gb18030")[:-1]).startswith("启动失败了")

    @given(st.binary(max_size=100))
    def test_any_bytes_are_decoded(self, data: bytes) -> None:
        assert isinstance(decode(data), str)


def test_redacting_alone_keeps_lines_and_colours() -> None:
    assert redact("a\n\x1b[1mb password=x\nc") == f"a\n\x1b[1mb password={HIDDEN}\nc"
