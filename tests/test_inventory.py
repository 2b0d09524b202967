"""The IP table: every row is a host or is told, whatever kind of file holds it."""

import contextlib
import io
import random
import sys
import types
import zipfile
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from seatrial.errors import SpecError
from seatrial.plan import make_plan
from seatrial.spec.deployment import DeploymentSpec
from seatrial.spec.inventory import table
from seatrial.spec.inventory.host import Host, chosen, host_named
from seatrial.spec.inventory.host_names import host_address
from seatrial.spec.inventory.unused import unused_hosts, unused_note
from seatrial.spec.load import load
from seatrial.spec.locator import Locator

X = "services:\n  x: {locate: {name: x}}\n"
TABLE = "name,address,port,user,jump,role,group,zone,hostname,machine_id\n"
ID = "0123456789abcdef0123456789abcdef"


def read(folder: Path, data: str | bytes, said: str = "", file: str = "servers.csv") -> DeploymentSpec:
    """A deployment file with a table beside it.

    :param said: more keys of ``hosts``.
    """
    (folder / file).write_bytes(data.encode() if isinstance(data, str) else data)
    kind = file.rpartition(".")[2]
    (folder / "d.yaml").write_text(f"deployment: d\nhosts: {{{kind}: {file}{said and ', '}{said}}}\n{X}")
    return load(folder / "d.yaml", {})


def mistakes(folder: Path, data: str | bytes, said: str = "", file: str = "servers.csv") -> list[str]:
    """All that is wrong, without the folder's name."""
    with pytest.raises(SpecError) as caught:
        read(folder, data, said, file)
    return [str(problem).replace(f"{folder}/", "") for problem in caught.value.problems]


def workbook(*rows: Sequence[Any], sheet: str = "hosts", **others: Sequence[Sequence[Any]]) -> bytes:
    book = openpyxl.Workbook()
    book.active.title = sheet
    for row in rows:
        book.active.append(row)
    for name, more in others.items():
        other = book.create_sheet(name)
        for row in more:
            other.append(row)
    saved = io.BytesIO()
    book.save(saved)
    return saved.getvalue()


def edited(book: bytes, old: bytes, new: bytes) -> bytes:
    """The same workbook with another text in its first sheet."""
    saved = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as packed, zipfile.ZipFile(saved, "w", zipfile.ZIP_DEFLATED) as other:
        for part in packed.namelist():
            data = packed.read(part)
            if part == "xl/worksheets/sheet1.xml":
                assert old in data, data
                data = data.replace(old, new)
            other.writestr(part, data)
    return saved.getvalue()


def merged(book: bytes, *ranges: str) -> bytes:
    told = "".join(f'<mergeCell ref="{each}"/>' for each in ranges).encode()
    return edited(book, b"</sheetData>", b"</sheetData><mergeCells>%s</mergeCells>" % told)


def names(deployment: DeploymentSpec) -> list[str]:
    return [host.name for host in deployment.inventory]


class TestRows:
    def test_a_row_with_all_columns_is_a_host_that_knows_its_row(self, tmp_path):
        row = f"relay-1,10.0.0.1,2222,deploy,bastion,relay,a;b,z1,relay-1.lan,{ID.upper()}\n"
        assert read(tmp_path, TABLE + row).inventory == (
            Host(
                "relay-1", "10.0.0.1", 2222, "deploy", "bastion", "relay", ("a", "b"), "z1", "relay-1.lan", ID,
                "servers.csv row 2",
            ),
        )  # fmt: skip

    def test_a_row_needs_no_more_than_an_address_which_is_its_name(self, tmp_path):
        assert read(tmp_path, "address\n10.0.0.1\nfd00:0::1\n").inventory == (
            Host("10.0.0.1", "10.0.0.1", row="servers.csv row 2"),
            Host("fd00::1", "fd00::1", row="servers.csv row 3"),
        )

    def test_a_row_with_a_name_alone_is_left_to_the_configuration_of_ssh(self, tmp_path):
        assert read(tmp_path, "name\nrelay-1\n").inventory == (Host("relay-1", row="servers.csv row 2"),)

    def test_empty_rows_and_comments_are_passed_over_and_counted(self, tmp_path):
        text = "# our servers\n\naddress,role\n,\n10.0.0.1,relay\n#10.0.0.2,relay\n  \n  # gone,relay\n10.0.0.3,,,\n"
        assert [host.row for host in read(tmp_path, text).inventory] == ["servers.csv row 5", "servers.csv row 9"]

    def test_blanks_quotes_and_line_ends_of_windows_are_read(self, tmp_path):
        [host] = read(tmp_path, 'address , group, role\r\n 10.0.0.1 , "a, b", 中继 \r\n').inventory
        assert (host.address, host.groups, host.role) == ("10.0.0.1", ("a", "b"), "中继")

    def test_columns_that_say_nothing_to_us_are_passed_over(self, tmp_path):
        assert names(read(tmp_path, "owner,address,disk\nme,10.0.0.1,/data\n")) == ["10.0.0.1"]

    def test_the_hosts_of_the_file_come_after_those_of_the_table(self, tmp_path):
        said = "named: {a: {address: 10.0.0.9}}"
        assert names(read(tmp_path, "name,address\nz,10.0.0.2\nb,10.0.0.1\n", said)) == ["z", "b", "a"]


class TestColumns:
    def test_our_own_names_are_known_in_any_case(self, tmp_path):
        [host] = read(tmp_path, "Address,ROLE,Machine_ID\n10.0.0.1,relay," + ID).inventory
        assert (host.role, host.machine_id) == ("relay", ID)

    def test_others_are_told_by_the_file_in_any_script_width_and_case(self, tmp_path):
        said = "columns: {address: 内网IP, role: 角色, port: SSH PORT}"
        [host] = read(tmp_path, "内网ＩＰ,角色,ssh  port\n10.0.0.1,relay,22\n", said).inventory
        assert (host.address, host.role, host.port) == ("10.0.0.1", "relay", 22)

    def test_one_that_the_table_has_not_is_told_with_the_nearest_and_all_of_them(self, tmp_path):
        assert mistakes(tmp_path, "内网IP地址,角色\n10.0.0.1,a\n", "columns: {address: 内网IP}") == [
            "d.yaml:2:46: hosts.columns.address: found '内网IP', but the table has no such column; "
            "did you mean '内网IP地址'? it has: 内网IP地址, 角色"
        ]

    def test_one_that_the_table_has_twice_is_told(self, tmp_path):
        [told] = mistakes(tmp_path, "address,role,Role\n10.0.0.1,a,b\n")
        assert "found 2 columns 'role' in the table" in told

    def test_a_table_with_neither_addresses_nor_names_is_told_with_its_columns(self, tmp_path):
        [told] = mistakes(tmp_path, "内网IP,角色\n10.0.0.1,a\n")
        assert told.startswith("d.yaml:2:14: hosts.csv: servers.csv has no column address or name; say in columns")
        assert told.endswith("it has: 内网IP, 角色")

    def test_a_wrong_column_does_not_hide_wrong_rows(self, tmp_path):
        told = mistakes(tmp_path, "address\n10.0.0.256\n", "columns: {role: gone}")
        assert [line.partition(": ")[0] for line in told] == ["d.yaml:2:43", "servers.csv row 2"]


BAD_CELLS = {
    "a b,10.0.0.1": "column 'name': 'a b' is no name of a host",
    ",10.0.0.256": "column 'address': '10.0.0.256' is neither an IP address nor a host name",
    ",10.1": "'10.1' is neither an IP address",
    ",010.0.0.1": "'010.0.0.1' is neither",
    ",host.0x7f": "'host.0x7f' is neither",
    ",0.0.0.0": "'0.0.0.0' is neither",
    ",224.0.0.1": "'224.0.0.1' is neither",
    ",10.0.0.1:22": "'10.0.0.1:22' is neither",
    ",fe80::1%-oProxyCommand": "is neither",
    ",relay-.lan": "'relay-.lan' is neither",
    ",10.0.0.1,0": "column 'port': '0' is no port",
    ",10.0.0.1,22.5": "'22.5' is no port",
    ",10.0.0.1,٢٢": "'٢٢' is no port",
    ",10.0.0.1,,root;x": "column 'user': 'root;x' is no name of a user",
    ",10.0.0.1,,-l": "'-l' is no name of a user",
    ",10.0.0.1,,,a@b@c": "column 'jump': 'a@b@c' is no jump host",
    ",10.0.0.1,,,a:0": "'a:0' is no jump host",
    ",10.0.0.1,,,fd00::1": "'fd00::1' is no jump host; write [user@]host[:port]",
    ',10.0.0.1,,,"a,,b"': "'' is no jump host",
    ',10.0.0.1,,,"a,b,c,d,e,f,g,h,i"': "found 9 jump hosts; allowed: at most 8",
    ',10.0.0.1,,,,"re,lay"': "column 'role': 're,lay' cannot be a label",
    ",10.0.0.1,,,,,a\u202eb": "column 'group': 'a\\u202eb' cannot be a label",
    ",10.0.0.1,,,,,,,a_b c": "column 'hostname': 'a_b c' is neither",
    ",10.0.0.1,,,,,,,,12345": "column 'machine_id': '12345' is no machine-id",
    ",,22": "has neither an address nor a name",
    ",10.0.0.1,,,,,,,,,more": "has 11 cells for 10 columns; a cell with a comma in it needs quotes",
}


class TestBadRows:
    @pytest.mark.parametrize("row", BAD_CELLS)
    def test_one_bad_cell_is_told_with_its_row_and_column(self, tmp_path, row):
        [told] = mistakes(tmp_path, f"{TABLE}\n{row}\n")
        assert told.startswith("servers.csv row 3: ")
        assert BAD_CELLS[row] in told

    def test_a_character_between_several_labels_is_named_with_where_several_go(self, tmp_path):
        [told] = mistakes(tmp_path, "address,role\n10.0.0.1,中继、管理\n")
        assert told == (
            "servers.csv row 2: column 'role': '中继、管理' cannot be a label; "
            "it holds '、', which stands between several labels; a host has several as its group only"
        )

    def test_digits_of_another_width_are_told_with_the_usual_ones(self, tmp_path):
        told = mistakes(tmp_path, "address,port,role\n１０.0.0.1,２２,ｒ\n10.0.0.2,٢٢,r\n")
        assert [line.partition(": ")[2] for line in told] == [
            "column 'address': '１０.0.0.1' has full-width digits or letters; write '10.0.0.1'",
            "column 'port': '２２' has full-width digits or letters; write '22'",
            "column 'port': '٢٢' is no port; allowed: a whole number from 1 to 65535",
        ]

    def test_a_name_in_another_script_is_told_with_the_ways_out(self, tmp_path):
        [told] = mistakes(tmp_path, "name,address\n中继1,10.0.0.1\n")
        assert told.endswith("leave the name out, so that the address is the name, or give it an ASCII one")

    def test_one_server_in_rows_of_several_roles_is_told_to_be_of_several_groups(self, tmp_path):
        told = mistakes(tmp_path, "address,role\n10.0.0.1,中继\n10.0.0.1,管理\n10.0.0.2,a\n10.0.0.2,Ａ\n")
        assert told == [
            "servers.csv row 3: address 10.0.0.1 port 22 is that of '10.0.0.1' in servers.csv row 2 too; "
            "a server has one row; for several tasks give it groups, group '中继, 管理', not roles",
            "servers.csv row 5: address 10.0.0.2 port 22 is that of '10.0.0.2' in servers.csv row 4 too; "
            "leave one of both out",
        ]

    def test_every_bad_row_is_told_at_once_beside_what_the_file_has_wrong(self, tmp_path):
        rows = "name,address,port\n" + "".join(f"h{n},10.0.{n}.{256 if n % 2 else 1},{n % 3}\n" for n in range(9))
        (tmp_path / "s.csv").write_text(rows)
        text = "deployment: d\nhosts: {csv: s.csv}\nservices:\n  x: {imgae: q}\n  z: {on: ssh, locate: {host: h99}}\n"
        (tmp_path / "d.yaml").write_text(text)
        with pytest.raises(SpecError) as caught:
            load(tmp_path / "d.yaml", {})
        told = [str(problem).replace(f"{tmp_path}/", "").partition(": ")[0] for problem in caught.value.problems]
        bad = [n for n in range(9) for wrong in (n % 2, n % 3 == 0) if wrong]
        assert told == ["d.yaml:4:6", "d.yaml:4:7", "d.yaml:5:31", *(f"s.csv row {n + 2}" for n in bad)]

    def test_an_address_that_two_rows_have_names_both(self, tmp_path):
        told = mistakes(
            tmp_path, "name,address,port\na,10.0.0.1,\nb,10.0.0.1,22\nc,10.0.0.1,23\nd,fd00::1\ne,fd00:0::1\n"
        )
        assert [line.partition("; leave")[0] for line in told] == [
            "servers.csv row 3: address 10.0.0.1 port 22 is that of 'a' in servers.csv row 2 too",
            "servers.csv row 6: address fd00::1 port 22 is that of 'd' in servers.csv row 5 too",
        ]

    def test_a_name_that_two_hosts_have_names_both_places(self, tmp_path):
        told = mistakes(tmp_path, "name,address\na,10.0.0.1\na,10.0.0.2\n", "named: {a: {address: 10.0.0.3}}")
        assert [line.partition(": ")[0] for line in told] == ["d.yaml:2:35", "servers.csv row 3"]
        assert all("'a' is the name of the host in servers.csv row 2 too" in line for line in told)

    def test_hosts_that_are_reached_only_through_themselves_are_told_once(self, tmp_path):
        rows = 'name,jump\na,b\nb,"c,x"\nc,root@a:22\nd,a\ne,e\nf,"x,f"\ng,none\n'
        told = mistakes(tmp_path, rows)
        assert [line.partition(";")[0] for line in told] == [
            "servers.csv row 2: jump hosts lead in a circle: a → b → c → a",
            "servers.csv row 6: jump hosts lead in a circle: e → e",
            "servers.csv row 7: jump hosts lead in a circle: f → f",
        ]

    def test_no_message_holds_an_escape_sequence_of_the_table(self, tmp_path):
        told = mistakes(tmp_path, "address,\x1b[31m\n\x1b[0m\u202e,x\n")
        assert told
        assert not any(sign in line for line in told for sign in "\x1b\u202e")


class TestCsv:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "GB2312", "utf-16", "big5"])
    def test_a_declared_encoding_is_read_and_a_byte_order_mark_passed_over(self, tmp_path, encoding):
        text = "地址,角色\n10.0.0.1,中\n"
        said = f"columns: {{address: 地址, role: 角色}}, encoding: {encoding.removesuffix('-sig')}"
        assert read(tmp_path, text.encode(encoding), said).inventory[0].role == "中"

    def test_another_encoding_than_the_declared_one_is_told_with_one_that_would_do(self, tmp_path):
        [told] = mistakes(tmp_path, "address,role\n10.0.0.1,角色\n".encode("gb18030"))
        assert told == "servers.csv row 2: is not utf-8; save it so, or say encoding: gb18030"
        [told] = mistakes(tmp_path, b"address\n\xff\xff\n", "encoding: gbk")
        assert told == "servers.csv row 2: is not gbk; save it so, or say its encoding"

    def test_an_encoding_that_is_none_of_a_table_is_refused(self, tmp_path):
        for name in ("utf-9", "idna", "rot13", "unicode_escape", "base64"):
            assert (
                "is no encoding of a table; allowed: utf-8"
                in mistakes(tmp_path, "address\na\n", f"encoding: {name}")[0]
            )

    def test_a_quote_that_is_not_closed_is_told_with_its_row(self, tmp_path):
        [told] = mistakes(tmp_path, 'address,role\n10.0.0.1,a\n10.0.0.2,"b\n10.0.0.3,c\n')
        assert told.startswith("servers.csv row 3: is no row of a csv file")

    def test_a_table_that_is_none_is_told_where_the_file_names_it(self, tmp_path):
        (tmp_path / "folder.csv").mkdir()
        told = {name: self._named(tmp_path, name) for name in ("gone.csv", "folder.csv", "/dev/zero", '"a\\0b"')}
        assert told["gone.csv"].startswith(f"d.yaml:2:14: hosts.csv: gone.csv is not there: {tmp_path} has no ")
        assert told["folder.csv"].endswith("folder.csv is a folder; name a file")
        assert told["/dev/zero"].endswith("/dev/zero cannot be read: it is no regular file")
        assert "control character U+0000" in told['"a\\0b"']

    def test_a_table_that_is_not_there_is_told_with_its_folder_and_the_nearest_name_in_it(self, tmp_path):
        (tmp_path / "servers.csv").touch()
        assert self._named(tmp_path, "server.csv").endswith(
            f"server.csv is not there: {tmp_path} has no such file; did you mean 'servers.csv'?"
        )
        assert self._named(tmp_path, "tables/s.csv").endswith("is not there: there is no folder tables")

    def test_a_workbook_that_is_called_csv_is_told_in_one_line(self, tmp_path):
        for data in (workbook(("address",), ("10.0.0.1",)), b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600):
            assert mistakes(tmp_path, data) == ["d.yaml:2:14: hosts.csv: servers.csv is a workbook; name it with xlsx:"]

    @pytest.mark.parametrize(("separator", "told"), [(";", "';'"), ("\t", "tabs"), ("|", "'|'"), ("，", "'，'")])
    def test_cells_with_another_separator_are_told_in_one_line(self, tmp_path, separator, told):
        text = "地址,role,port\n10.0.0.1,relay,22\n10.0.0.300,relay,22\n".replace(",", separator)
        for said in ("columns: {address: 地址}", "columns: {address: 内网IP}", ""):
            assert mistakes(tmp_path, text, said) == [
                f"servers.csv row 1: cells are separated by {told}; save it with commas"
            ]

    def test_a_title_above_the_names_of_the_columns_is_told_in_one_line(self, tmp_path):
        text = "服务器表 2026,,\n\n地址,role\n10.0.0.1,relay\n"
        told = (
            "servers.csv row 1: row 3 has the names of the columns, and the first row must; begin those above it with #"
        )
        assert mistakes(tmp_path, text, "columns: {address: 地址}") == [told]
        assert names(read(tmp_path, f"#{text}", "columns: {address: 地址}")) == ["10.0.0.1"]

    def _named(self, folder: Path, name: str) -> str:
        (folder / "d.yaml").write_text(f"deployment: d\nhosts: {{csv: {name}}}\n{X}")
        with pytest.raises(SpecError) as caught:
            load(folder / "d.yaml", {})
        return str(caught.value.problems[0]).replace(f"{folder}/", "")

    def test_a_table_without_rows_or_without_hosts_is_told(self, tmp_path):
        assert mistakes(tmp_path, "\n# none\n")[0].endswith("servers.csv is empty; its first row names the columns")
        assert mistakes(tmp_path, "address\n")[0].endswith("has no host below the names of its columns")

    def test_a_table_may_have_so_much_and_no_more(self, tmp_path):
        rows = [f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}" for n in range(1, table.MOST_ROWS + 2)]
        assert len(read(tmp_path, "\n".join(["address", *rows[:-1]])).inventory) == table.MOST_ROWS
        assert mistakes(tmp_path, "\n".join(["address", *rows])) == ["servers.csv row 10002: has more than 10000 hosts"]
        assert "is larger than" in mistakes(tmp_path, b"a" * (table.LARGEST + 1))[0]
        assert "has 201 cells" in mistakes(tmp_path, "address\n" + "a," * 200 + "a\n")[0]
        assert "more than 4096 characters" in mistakes(tmp_path, f"address\n{'a' * 5000}\n")[0]
        assert "is no row of a csv file: field larger" in mistakes(tmp_path, f"address\n{'a' * 200_000}\n")[0]


class TestXlsx:
    def test_a_workbook_is_read_as_a_table_is_and_whole_numbers_stay_whole(self, tmp_path):
        book = workbook(("内网IP", "端口", "角色", "组"), (None, None), ("10.0.0.1", 2222, "relay", 7), ("h", 22.0))
        said = "columns: {address: 内网IP, port: 端口, role: 角色, group: 组}"
        one, other = read(tmp_path, book, said, "servers.xlsx").inventory
        assert (one.port, one.groups, one.row) == (2222, ("7",), "servers.xlsx row 3")
        assert (other.port, other.row) == (22, "servers.xlsx row 4")

    def test_a_sheet_is_chosen_by_its_name_and_is_else_the_first(self, tmp_path):
        book = workbook(("address",), ("10.0.0.1",), 生产=[("address",), ("10.0.0.2",)])
        assert names(read(tmp_path, book, "", "s.xlsx")) == ["10.0.0.1"]
        assert names(read(tmp_path, book, "sheet: 生产", "s.xlsx")) == ["10.0.0.2"]
        [told] = mistakes(tmp_path, book, "sheet: host", "s.xlsx")
        assert told.endswith("s.xlsx has no sheet 'host'; did you mean 'hosts'? it has: hosts, 生产")

    def test_bad_rows_are_told_with_their_numbers(self, tmp_path):
        book = workbook(("address", "port"), (10.1, 22), ("10.0.0.1", datetime(2026, 1, 1)), (True, 22.5))
        told = mistakes(tmp_path, book, "", "s.xlsx")
        assert [line.partition(": ")[0] for line in told] == [f"s.xlsx row {n}" for n in (2, 3, 4)]

    def test_a_formula_counts_by_what_was_saved_of_it_and_nothing_was(self, tmp_path):
        told = mistakes(tmp_path, workbook(("name", "address"), (None, '="10.0.0."&"1"')), "", "s.xlsx")
        text = "is a formula of which no value was saved; write the value, or save it where it is computed"
        assert told == [f"s.xlsx row 2: column 'address': cell B2 {text}"]

    def test_a_formula_in_a_column_that_is_not_read_is_none_of_our_business(self, tmp_path):
        book = workbook(("address", "disk"), ("10.0.0.1", "=A1"), (None, "=A2"))
        assert names(read(tmp_path, book, "", "s.xlsx")) == ["10.0.0.1"]
        [told] = mistakes(tmp_path, workbook(("address", "disk"), (None, "=A2")), "", "s.xlsx")
        assert told.endswith("has no host below the names of its columns")

    def test_a_formula_that_comes_to_an_empty_text_is_an_empty_cell(self, tmp_path):
        whole = workbook(("address", "role"), ("10.0.0.1", '=IF(1,"","x")'))
        book = edited(whole, b'<c r="B2"><f>IF(1,"","x")</f><v /></c>', b'<c t="str"><f>IF(1,"","x")</f><v /></c>')
        assert read(tmp_path, book, "", "s.xlsx").inventory[0].role == ""

    def test_an_error_of_a_formula_is_no_value_and_no_comment(self, tmp_path):
        told = mistakes(tmp_path, workbook(("address", "role"), ("#N/A", "relay"), ("a", "#REF!")), "", "s.xlsx")
        assert [line.partition("; correct")[0] for line in told] == [
            "s.xlsx row 2: column 'address': cell A2 holds the error #N/A",
            "s.xlsx row 3: column 'role': cell B3 holds the error #REF!",
        ]

    def test_an_empty_cell_inside_merged_ones_is_told_and_not_left_empty(self, tmp_path):
        rows = (("address", "role", "zone"), *((f"10.0.0.{n}", "relay" if n == 1 else None, "z") for n in range(1, 5)))
        told = mistakes(tmp_path, merged(workbook(*rows), "B2:B4"), "", "s.xlsx")
        assert told == [
            f"s.xlsx row {n}: column 'role': cell B{n} is empty inside the merged cells B2:B4; "
            "unmerge them and give each row its value"
            for n in (3, 4)
        ]

    def test_merged_cells_that_are_not_read_or_hold_nothing_else_do_not_matter(self, tmp_path):
        rows = (("address", "role", "note"), ("10.0.0.1", "r", "n"), ("10.0.0.2", "r"), (), ("10.0.0.3", "r"))
        book = merged(workbook(*rows), "C2:C5", "E1:XFD1048576", "D1:D2")
        assert len(read(tmp_path, book, "", "s.xlsx").inventory) == 3
        tall = merged(workbook(("address", "role"), ("10.0.0.1", "r")), "A2:A3", "B2:B3")
        assert len(read(tmp_path, tall, "", "s.xlsx").inventory) == 1

    def test_more_merged_cells_than_are_looked_at_are_refused_in_time(self, tmp_path):
        ranges = "".join(f'<mergeCell ref="A{n}:XFD{n + 1}"/>' for n in range(2, 30_000)).encode()
        book = edited(
            workbook(("address",), ("a",)), b"</sheetData>", b"</sheetData><mergeCells>%s</mergeCells>" % ranges
        )
        assert "has too many merged cells; unmerge them" in mistakes(tmp_path, book, "", "s.xlsx")[0]

    def test_rows_that_were_only_formatted_are_none(self, tmp_path):
        book = openpyxl.Workbook()
        book.active.append(("address",))
        book.active["A60000"] = "10.0.0.1"
        book.save(tmp_path / "s.xlsx")
        assert read(tmp_path, (tmp_path / "s.xlsx").read_bytes(), "", "s.xlsx").inventory[0].row == "s.xlsx row 60000"

    def test_a_file_that_is_no_workbook_is_told(self, tmp_path):
        assert "is no workbook; save it as .xlsx" in mistakes(tmp_path, "address\na\n", "", "s.xlsx")[0]
        assert (
            "behind a password"
            in mistakes(tmp_path, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "", "s.xlsx")[0]
        )
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as file:
            file.writestr("a", "b")
        assert "is no workbook that can be read: KeyError" in mistakes(tmp_path, packed.getvalue(), "", "s.xlsx")[0]

    def test_a_workbook_that_unpacks_to_too_much_is_refused_before_it_is_unpacked(self, tmp_path):
        packed = io.BytesIO(workbook(("address",), ("a",)))
        with zipfile.ZipFile(packed, "a", zipfile.ZIP_DEFLATED) as file, file.open("xl/big.xml", "w") as part:
            for _ in range(17):
                part.write(bytes(1024 * 1024))
        assert len(packed.getvalue()) < table.LARGEST
        [told] = mistakes(tmp_path, packed.getvalue(), "", "s.xlsx")
        assert "has more than 16 MiB unpacked; delete other sheets" in told

    def test_a_workbook_of_formats_is_refused_before_it_is_unpacked(self, tmp_path):
        packed = io.BytesIO(workbook(("address",), ("a",)))
        with zipfile.ZipFile(packed, "a", zipfile.ZIP_DEFLATED) as file:
            file.writestr("xl/other_styles.xml", bytes(3 * 1024 * 1024))
        [told] = mistakes(tmp_path, packed.getvalue(), "", "s.xlsx")
        assert "has more than 2 MiB of 'xl/other_styles.xml'; copy the values to a new workbook" in told

    @pytest.mark.parametrize("more", [b"<c><v>1</v></c>" * 20_000, b"<x>" * 100])
    def test_a_row_that_no_sheet_can_have_is_refused(self, tmp_path, more):
        book = edited(workbook(("address",), ("a",)), b"</sheetData>", b'<row r="3">' + more + b"</row></sheetData>")
        assert "is no sheet near row 3" in mistakes(tmp_path, book, "", "s.xlsx")[0]

    def test_a_broken_workbook_gives_a_mistake_and_no_other_error(self, tmp_path):
        whole, chance = workbook(("address",), *((f"10.0.0.{n}",) for n in range(1, 50))), random.Random(7)
        for _ in range(60):
            at, size = chance.randrange(len(whole)), chance.randrange(1, 40)
            with contextlib.suppress(SpecError):
                read(tmp_path, whole[:at] + chance.randbytes(size) + whole[at + size :], "", "s.xlsx")

    def test_without_openpyxl_or_with_one_of_old_the_mistake_says_what_to_install(self, tmp_path, monkeypatch):
        book, old = workbook(("address",), ("a",)), types.ModuleType("openpyxl")
        monkeypatch.setitem(sys.modules, "openpyxl", None)
        [told] = mistakes(tmp_path, book, "", "s.xlsx")
        assert told.endswith("s.xlsx needs openpyxl, which is not installed: pip install 'seatrial[xlsx]'")
        old.__version__ = "2.6.4"  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "openpyxl", old)
        [told] = mistakes(tmp_path, book, "", "s.xlsx")
        assert told.endswith("needs openpyxl 3.1 or newer, found 2.6.4: pip install 'seatrial[xlsx]'")


MISTYPED = ("10.205.33.5o", "10.0.0.300", "10.0.0", "10.0.0.O5", "10.0.0.l", "1O.0.0.5", "10.0.5x", "1.2.3.4.5")
NAMED = ("10.relay", "3com", "1.2.3.lan", "10-0-0-1.ip", "0.pool.ntp.org", "relay-5o", "5o", "10.in-addr.arpa")


def test_an_address_that_only_looks_like_one_is_no_host_name():
    for text in MISTYPED:
        with pytest.raises(ValueError, match="it looks like a mistyped IP address, which is four numbers"):
            host_address(text)
    assert [host_address(text) for text in NAMED] == [*NAMED]


INVENTORY = (
    Host("a", role="relay", groups=("g", "h"), zone="z1"),
    Host("b", role="relay", groups=("g",), zone="z2"),
    Host("c", role="gms", zone="z1"),
)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"host": "b"}, "b"),
        ({"hosts": ["c", "a"]}, "ca"),
        ({"role": "relay"}, "ab"),
        ({"group": "g"}, "ab"),
        ({"zone": "z1"}, "ac"),
        ({"role": "relay", "zone": "z1"}, "a"),
        ({"hosts": ["c", "b"], "role": "relay"}, "b"),
        ({"host": "a", "zone": "z2"}, ""),
        ({"host": "d"}, ""),
        ({"role": "RE LAY"}, "ab"),
        ({"group": "ｇ"}, "ab"),
        ({"zone": "Z１"}, "ac"),
    ],
)
def test_a_service_chooses_the_hosts_for_which_all_holds(said, expected):
    assert "".join(host.name for host in chosen(Locator.model_validate(said), INVENTORY)) == expected


def test_a_host_that_the_inventory_has_not_is_left_to_the_configuration_of_ssh():
    assert host_named("a", INVENTORY) is INVENTORY[0]
    assert host_named("other", INVENTORY) == Host("other", address="")


class TestUnused:
    """A server of the table that no service looks at is told."""

    def _read(
        self, folder: Path, rows: str, more: str = "", services: str = "x: {on: ssh, locate: {role: 中继}}"
    ) -> Any:
        (folder / "servers.csv").write_text(f"name,address,role,jump\n{rows}")
        (folder / "d.yaml").write_text(
            f"deployment: d\n{more or 'hosts: {csv: servers.csv}'}\nservices: {{{services}}}\n"
        )
        return load(folder / "d.yaml", {})

    def test_a_label_with_a_blank_in_it_is_not_another_one(self, tmp_path):
        deployment = self._read(tmp_path, "a,10.0.0.1,中继\nb,10.0.0.2,中 继\nc,10.0.0.3,中\u3000继\n")
        assert (deployment.services["x"].instances, unused_hosts(deployment)) == (3, ())
        assert make_plan(deployment).notes == ()

    def test_a_host_in_no_service_is_told_with_its_role_and_the_nearest_that_is_chosen(self, tmp_path):
        deployment = self._read(tmp_path, "a,10.0.0.1,p2p中继\nb,10.0.0.2,p2p中断\n", services=P2P)
        note = "1 host of servers.csv is in no service: b (role 'p2p中断'; did you mean 'p2p中继'?)"
        assert (unused_note(deployment), make_plan(deployment).notes) == (note, (note,))

    def test_many_are_counted_and_the_first_are_named(self, tmp_path):
        rows = "a,10.0.0.1,中继\n" + "".join(f"b{n},10.0.1.{n},{'' if n % 2 else 'gms'}\n" for n in range(1, 8))
        assert unused_note(self._read(tmp_path, rows)) == (
            "7 hosts of servers.csv are in no service: b1 (no role), b2 (role 'gms'), b3 (no role), b4 (role 'gms'), "
            "b5 (no role) and 2 more"
        )

    def test_hosts_of_the_table_and_of_the_file_are_those_of_the_inventory(self, tmp_path):
        more = "hosts: {csv: servers.csv, named: {z: {}, a: {role: 中继}}}"
        assert unused_note(self._read(tmp_path, "b,10.0.0.2\n", more)).startswith("2 hosts of the inventory are in no")
        more = "hosts: {named: {z: {}, a: {role: 中继}}}"
        assert unused_note(self._read(tmp_path, "", more)) == "1 host of hosts.named is in no service: z (no role)"

    def test_jump_hosts_engines_and_the_way_to_the_registry_are_used(self, tmp_path):
        rows = (
            "a,10.0.0.1,中继,me@j1:22\nj1,10.0.0.2,,10.0.0.3\nj2,10.0.0.3\nj3,10.0.0.4\ne1,\ne2,\nv,\nlost,10.0.0.9\n"
        )
        more = "hosts: {csv: servers.csv}\nssh: {jump: 'j3'}\ndocker: {engine: 'ssh://e1'}\n"
        more += "zookeeper: {hosts: 'z:2181', via: v}"
        services = "x: {on: ssh, locate: {host: a}}, z: {locate: {name: z}, docker: {engine: 'ssh://e2'}}"
        assert [host.name for host in unused_hosts(self._read(tmp_path, rows, more, services))] == ["lost"]

    def test_validate_and_plan_tell_it(self, tmp_path, seatrial: Callable[..., Any]):
        self._read(tmp_path, "a,10.0.0.1,中继\nb,10.0.0.2,\n")
        note = "note: 1 host of servers.csv is in no service: b (no role)"
        ran = seatrial("validate", tmp_path / "d.yaml")
        assert (ran.code, ran.out.splitlines()[-1]) == (0, f"{tmp_path}/d.yaml: {note}")
        assert note in seatrial("plan", tmp_path / "d.yaml").out


P2P = "x: {on: ssh, locate: {role: p2p中继}}"
