"""Who may sign in, how wrong passwords lock, and that somebody can always manage accounts."""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from models.database import Database
from models.entities import Category, Department, OperationLog, PermissionGroup, Site, Staff
from models.errors import DomainError
from models.rules.rights import Right, builtin_group
from models.services import accounts, departments, groups, parameters, passwords, seeds, site
from models.services.accounts import SignIn
from models.services.seeds import ADMINISTRATORS, seed_id
from models.work import SYSTEM, Actor
from tests.conftest import KEY, DeskClock, stamps_of

FIRST = "Hua7tong2"
OWN = "Guihua88shu"


@pytest.fixture
def admin(database: Database) -> Actor:
    """赵主任, 0001, set up as a new site is, the first password already changed."""
    database.write(SYSTEM, seeds.seed_site, "翠湖苑")
    database.write(SYSTEM, seeds.first_administrator, "0001", "赵主任", FIRST)
    return database.write(SYSTEM, accounts.change_password, "0001", FIRST, OWN).value.who()


@pytest.fixture
def desk_clerk(database: Database, admin: Actor) -> str:
    """李娜, c02, a clerk; her id."""
    values = {"staff_no": "c02", "name": "李娜", "group_id": seed_id("group", "clerk")}
    made = database.write(admin, accounts.create_staff, values).value
    database.write(SYSTEM, accounts.change_password, "c02", made.password, OWN)
    return made.staff_id


def sign_in(database: Database, staff_no: str, password: str) -> SignIn:
    return database.write(SYSTEM, accounts.sign_in, staff_no, password).value


def wrong(database: Database, staff_no: str, times: int = 1) -> SignIn:
    for _ in range(times):
        result = sign_in(database, staff_no, "Wrong0pass")
    return result


# -- passwords ---------------------------------------------------------------------------------------


def test_hashes_are_argon2id_of_the_stated_cost() -> None:
    assert passwords.make_hash(OWN).startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert passwords.make_hash(OWN) != passwords.make_hash(OWN)


def test_case_counts_and_composed_letters_are_the_same() -> None:
    stored = passwords.make_hash("Stra\u00dfe1\u00e9x")
    assert passwords.is_right(stored, "Stra\u00dfe1e\u0301x")
    assert not passwords.is_right(stored, "stra\u00dfe1\u00e9x")


@pytest.mark.parametrize("stored", [None, "", "plain text", "$argon2id$broken"])
def test_what_is_no_hash_opens_nothing(stored: str | None) -> None:
    assert not passwords.is_right(stored, "anything1")


def test_first_passwords_differ_and_pass_the_rule() -> None:
    made = {passwords.first_password() for _ in range(200)}
    assert len(made) == 200
    for password in made:
        assert len(password) == 10
        assert any(sign.isdigit() for sign in password) and any(sign.isalpha() for sign in password)
        assert not set(password) & set("0O1lI5S8B")


# -- signing in --------------------------------------------------------------------------------------


def test_the_first_sign_in_gives_no_right_before_the_password_is_changed(database: Database) -> None:
    database.write(SYSTEM, seeds.seed_site, "翠湖苑")
    database.write(SYSTEM, seeds.first_administrator, "0001", "赵主任", FIRST)
    result = sign_in(database, "0001", FIRST)
    assert result.must_change_password
    assert result.who().rights == frozenset()
    with pytest.raises(DomainError, match="right-missing"):
        database.write(result.who(), site.edit, {"name": "x"})
    changed = database.write(SYSTEM, accounts.change_password, "0001", FIRST, OWN).value
    assert changed.who().rights == frozenset(Right)
    assert sign_in(database, "0001", FIRST).code == "sign-in-wrong"
    assert not sign_in(database, "0001", OWN).must_change_password


@pytest.mark.usefixtures("admin")
@pytest.mark.parametrize(("staff_no", "password"), [("0001", OWN.lower()), ("0001", OWN + " "), ("1", OWN)])
def test_nearly_right_is_wrong(database: Database, staff_no: str, password: str) -> None:
    assert sign_in(database, staff_no, password).code == "sign-in-wrong"


def test_staff_numbers_are_case_sensitive(database: Database, desk_clerk: str) -> None:
    assert sign_in(database, " c02 ", OWN).who().staff_id == desk_clerk
    assert sign_in(database, "C02", OWN).code == "sign-in-wrong"


@pytest.mark.usefixtures("admin")
def test_the_fifth_wrong_one_locks_for_thirty_minutes_even_the_right_one(
    database: Database, clock: DeskClock
) -> None:
    assert [wrong(database, "0001").tries_left for _ in range(4)] == [4, 3, 2, 1]
    result = wrong(database, "0001")
    assert (result.code, result.locked_until) == ("sign-in-locked", clock() + timedelta(minutes=30))
    assert sign_in(database, "0001", OWN).code == "sign-in-locked"
    clock.advance(minutes=29)
    assert wrong(database, "0001").locked_until == result.locked_until  # trying on does not lengthen it
    clock.advance(minutes=1)
    assert sign_in(database, "0001", OWN).actor is not None


@pytest.mark.usefixtures("admin")
def test_the_right_one_begins_the_count_again(database: Database, clock: DeskClock) -> None:
    wrong(database, "0001", 4)
    sign_in(database, "0001", OWN)
    assert wrong(database, "0001").tries_left == 4
    wrong(database, "0001", 4)
    clock.advance(minutes=31)
    assert wrong(database, "0001").tries_left == 4


@pytest.mark.usefixtures("admin")
def test_a_restart_does_not_unlock(database: Database, clock: DeskClock) -> None:
    wrong(database, "0001", 5)
    database.close()
    again = Database.open(database.path, KEY, stamps_of(clock))
    again.clock = clock
    try:
        assert sign_in(again, "0001", OWN).code == "sign-in-locked"
    finally:
        again.close()


@pytest.mark.usefixtures("admin")
def test_a_clock_set_back_neither_unlocks_nor_locks_for_years(database: Database, clock: DeskClock) -> None:
    wrong(database, "0001", 5)
    clock.advance(days=-1000)
    result = sign_in(database, "0001", OWN)
    assert (result.code, result.locked_until) == ("sign-in-locked", clock() + timedelta(minutes=30))
    clock.advance(minutes=29)
    assert sign_in(database, "0001", OWN).code == "sign-in-locked"
    clock.advance(minutes=1)
    assert sign_in(database, "0001", OWN).actor is not None


@pytest.mark.usefixtures("admin")
def test_an_unknown_number_cannot_be_told_from_a_known_one(database: Database) -> None:
    known, unknown = [
        [(one.code, one.tries_left) for one in (wrong(database, number) for _ in range(6))]
        for number in ("0001", "9999")
    ]
    assert known == unknown


@pytest.mark.usefixtures("admin")
def test_an_unknown_number_costs_the_same_time(database: Database) -> None:
    def cost(staff_no: str) -> float:
        begun = time.perf_counter()
        sign_in(database, staff_no, "Wrong0pass")
        return time.perf_counter() - begun

    cost("warm")
    known, unknown = min(cost("0001") for _ in range(3)), min(cost(f"n{number}") for number in range(3))
    assert 0.4 < known / unknown < 2.5


def test_an_inactive_account_is_told_only_to_who_knows_its_password(
    database: Database, admin: Actor, desk_clerk: str
) -> None:
    database.write(admin, accounts.set_active, desk_clerk, is_active=False)
    assert sign_in(database, "c02", OWN).code == "sign-in-inactive"
    assert wrong(database, "c02").code == "sign-in-wrong"
    assert database.read(accounts.actor_of, desk_clerk) is None
    database.write(admin, accounts.set_active, desk_clerk, is_active=True)
    assert sign_in(database, "c02", OWN).actor == database.read(accounts.actor_of, desk_clerk)


@pytest.mark.usefixtures("admin")
def test_guessing_at_the_change_of_password_locks_too(database: Database) -> None:
    for _ in range(5):
        result = database.write(SYSTEM, accounts.change_password, "0001", "Wrong0pass", "Neues77Wort").value
    assert result.code == "sign-in-locked"
    with pytest.raises(DomainError, match="sign-in-locked"):
        result.who()


@pytest.mark.usefixtures("admin")
@pytest.mark.parametrize("new", ["short1", "alllettersonly", "12345678", "x0001y77", OWN])
def test_a_weak_new_password_is_refused(database: Database, new: str) -> None:
    with pytest.raises(DomainError, match="password-weak"):
        database.write(SYSTEM, accounts.change_password, "0001", OWN, new)


@pytest.mark.usefixtures("admin")
def test_sign_ins_are_logged_without_passwords(database: Database) -> None:
    wrong(database, "0001")
    sign_in(database, "0001", OWN)
    with database.reading() as session:
        entries = session.scalars(select(OperationLog)).all()
    assert {"accounts.sign_in", "accounts.sign_in_failed"} <= {entry.operation for entry in entries}
    everything = str([(entry.row_label, entry.changes) for entry in entries])
    assert OWN not in everything and "argon2" not in everything


# -- administering -----------------------------------------------------------------------------------


def test_an_administrator_unlocks_and_resets(database: Database, admin: Actor, desk_clerk: str) -> None:
    wrong(database, "c02", 5)
    database.write(admin, accounts.unlock, desk_clerk)
    assert sign_in(database, "c02", OWN).actor is not None
    wrong(database, "c02", 5)
    given = database.write(admin, accounts.reset_password, desk_clerk).value
    assert sign_in(database, "c02", OWN).code == "sign-in-wrong"
    assert sign_in(database, "c02", given).must_change_password


def test_a_clerk_administers_nothing(database: Database, desk_clerk: str) -> None:
    clerk = database.read(accounts.actor_of, desk_clerk)
    assert clerk is not None and clerk.rights == builtin_group("clerk").rights
    attempts: list[tuple[Any, tuple[Any, ...], dict[str, Any]]] = [
        (accounts.create_staff, ({"staff_no": "x", "name": "x"},), {}),
        (accounts.edit_staff, (desk_clerk, {"group_id": ADMINISTRATORS}), {}),
        (accounts.set_active, (desk_clerk,), {"is_active": False}),
        (accounts.reset_password, (desk_clerk,), {}),
        (accounts.unlock, (desk_clerk,), {}),
        (groups.create_group, ("x", []), {}),
        (groups.edit_group, (ADMINISTRATORS,), {"name": "x"}),
        (groups.delete_group, (ADMINISTRATORS,), {}),
        (parameters.set_parameter, ("account.lock.after", 20), {}),
        (departments.create_department, ({"name": "x", "kind": "service"},), {}),
        (site.edit, ({"name": "x"},), {}),
    ]
    for service, arguments, named in attempts:
        with pytest.raises(DomainError, match="right-missing"):
            database.write(clerk, service, *arguments, **named)


def test_a_staff_number_is_given_once(database: Database, admin: Actor, desk_clerk: str) -> None:
    for number in ("c02", "C02", " c02 "):
        with pytest.raises(DomainError, match="staff-no-taken"):
            database.write(admin, accounts.create_staff, {"staff_no": number, "name": "另一人"})
    database.write(admin, accounts.edit_staff, desk_clerk, {"staff_no": "c02", "name": "李娜娜"})
    with pytest.raises(DomainError, match="staff-no-taken"):
        database.write(admin, accounts.edit_staff, desk_clerk, {"staff_no": "0001"})


def test_the_last_administrator_stays(database: Database, admin: Actor, desk_clerk: str) -> None:
    assert admin.staff_id is not None
    for service, arguments, named in [
        (accounts.set_active, (admin.staff_id,), {"is_active": False}),
        (accounts.edit_staff, (admin.staff_id, {"group_id": seed_id("group", "clerk")}), {}),
        (accounts.edit_staff, (admin.staff_id, {"group_id": None}), {}),
    ]:
        with pytest.raises(DomainError, match="last-administrator"):
            database.write(admin, service, *arguments, **named)  # type: ignore[arg-type]
    database.write(admin, accounts.edit_staff, desk_clerk, {"group_id": ADMINISTRATORS})
    database.write(admin, accounts.set_active, admin.staff_id, is_active=False)
    with database.reading() as session:
        assert not session.get_one(Staff, admin.staff_id).is_active


def test_nobody_gives_away_more_than_they_have(database: Database, admin: Actor, desk_clerk: str) -> None:
    limited = database.write(admin, groups.create_group, "人事", [Right.STAFF]).value
    database.write(admin, accounts.edit_staff, desk_clerk, {"group_id": limited})
    clerk = database.read(accounts.actor_of, desk_clerk)
    assert clerk is not None and admin.staff_id is not None
    refused = [
        (accounts.edit_staff, (desk_clerk, {"group_id": ADMINISTRATORS}), {}),
        (accounts.reset_password, (admin.staff_id,), {}),
        (accounts.set_active, (admin.staff_id,), {"is_active": False}),
        (accounts.create_staff, ({"staff_no": "n", "name": "n", "group_id": ADMINISTRATORS},), {}),
        (groups.create_group, ("更多", [Right.RESTORE]), {}),
        (groups.edit_group, (limited,), {"rights": [Right.STAFF, Right.RESTORE]}),
    ]
    for service, arguments, named in refused:
        with pytest.raises(DomainError, match="rights-beyond-own"):
            database.write(clerk, service, *arguments, **named)  # type: ignore[arg-type]


def test_groups_are_made_changed_and_deleted(database: Database, admin: Actor, desk_clerk: str) -> None:
    group = database.write(admin, groups.create_group, "夜班", [Right.TICKET_CREATE]).value
    with pytest.raises(DomainError, match="group-name-taken"):
        database.write(admin, groups.create_group, " 夜班 ", [])
    database.write(admin, accounts.edit_staff, desk_clerk, {"group_id": group})
    shown = [Right.TICKET_CREATE]
    database.write(admin, groups.edit_group, group, rights=[Right.PRINT], expected_rights=shown)
    assert sign_in(database, "c02", OWN).who().rights == {Right.PRINT}
    with pytest.raises(DomainError, match="changed-meanwhile"):
        database.write(admin, groups.edit_group, group, rights=[], expected_rights=shown)
    with pytest.raises(DomainError, match="group-in-use"):
        database.write(admin, groups.delete_group, group)
    database.write(admin, accounts.edit_staff, desk_clerk, {"group_id": None})
    database.write(admin, groups.delete_group, group)
    assert sign_in(database, "c02", OWN).who().rights == frozenset()


def test_builtin_groups_stay_and_administrators_may_everything(database: Database, admin: Actor) -> None:
    with pytest.raises(DomainError, match="group-fixed"):
        database.write(admin, groups.delete_group, seed_id("group", "clerk"))
    with pytest.raises(DomainError, match="group-fixed"):
        database.write(admin, groups.edit_group, ADMINISTRATORS, rights=[Right.STAFF])
    with database.working("test") as work:
        work.get(PermissionGroup, ADMINISTRATORS).rights = []
    assert sign_in(database, "0001", OWN).who().rights == frozenset(Right)


def test_rights_of_a_newer_version_survive_an_edit(database: Database, admin: Actor) -> None:
    clerks = seed_id("group", "clerk")
    with database.working("test") as work:
        work.get(PermissionGroup, clerks).rights = ["print", "teleport"]
    database.write(admin, groups.edit_group, clerks, rights=[Right.REVEAL])
    with database.reading() as session:
        assert session.get_one(PermissionGroup, clerks).rights == ["reveal", "teleport"]


def test_departments(database: Database, admin: Actor, desk_clerk: str) -> None:
    made = database.write(admin, departments.create_department, {"name": "电梯", "kind": "outsourced"}).value
    database.write(admin, accounts.edit_staff, desk_clerk, {"department_id": made})
    with pytest.raises(DomainError, match="department-in-use"):
        database.write(admin, departments.delete_department, made)
    database.write(admin, accounts.edit_staff, desk_clerk, {"department_id": None})
    database.write(admin, departments.delete_department, made)
    with pytest.raises(DomainError, match="choice-unknown"):
        database.write(admin, departments.create_department, {"name": "x", "kind": "magic"})


# -- seeds, parameters, site -------------------------------------------------------------------------


def test_two_desks_seed_the_same_rows(database: Database, tmp_path: Path, clock: DeskClock) -> None:
    other = Database.create(tmp_path / "b.db", None, stamps_of(clock), site_id=database.identity.site_id)
    try:
        ids = []
        for one in (database, other):
            one.write(SYSTEM, seeds.seed_site, "翠湖苑")
            with one.reading() as session:
                ids.append(
                    {
                        kind.__name__: set(session.scalars(select(kind.id)))
                        for kind in (PermissionGroup, Department, Category, Site)
                    }
                )
        assert ids[0] == ids[1]
        assert len(ids[0]["Category"]) > 50
    finally:
        other.close()


def test_seeding_again_changes_nothing(database: Database, admin: Actor) -> None:
    database.write(admin, groups.edit_group, seed_id("group", "clerk"), name="前台")
    assert database.write(SYSTEM, seeds.seed_site, "别的名字").changes == frozenset()
    facts = database.read(site.facts)
    assert facts is not None and facts.name == "翠湖苑"


def test_categories_stand_on_departments_and_terms(database: Database, admin: Actor) -> None:
    pipe = seeds.category_id("engineering", "water", "pipe")
    with database.reading() as session:
        row = session.get_one(Category, pipe)
        assert (row.name, row.priority, row.parent_id) == (
            "管道漏水", "urgent", seeds.category_id("engineering", "water")
        )  # fmt: skip
        assert session.get_one(Category, row.parent_id or "").warranty_item == "plumbing"


def test_a_second_first_administrator_is_refused(database: Database, admin: Actor) -> None:
    with pytest.raises(DomainError, match="already-set-up"):
        database.write(SYSTEM, seeds.first_administrator, "0002", "闯入者", FIRST)


def test_parameters_are_checked_kept_and_reset(database: Database, admin: Actor) -> None:
    database.write(admin, parameters.set_parameter, "account.lock.after", 3, expected=5)
    assert wrong(database, "0001", 3).code == "sign-in-locked"
    with pytest.raises(DomainError, match="changed-meanwhile"):
        database.write(admin, parameters.set_parameter, "account.lock.after", 9, expected=5)
    with pytest.raises(DomainError, match="parameter-invalid"):
        database.write(admin, parameters.set_parameter, "account.lock.after", 0)
    with pytest.raises(DomainError, match="parameter-unknown"):
        database.write(admin, parameters.set_parameter, "no.such", 0)
    assert database.read(parameters.changed_keys) == {"account.lock.after"}
    database.write(admin, parameters.reset_parameter, "account.lock.after")
    assert database.read(parameters.changed_keys) == frozenset()


def test_an_edit_over_somebody_elses_is_told_field_by_field(database: Database, admin: Actor) -> None:
    shown = {"name": "翠湖苑", "hotline": None}
    database.write(admin, site.edit, {"name": "翠湖花园"}, shown)
    database.write(admin, site.edit, {"hotline": "400-1"}, shown)  # another field: both win
    with pytest.raises(DomainError) as error:
        database.write(admin, site.edit, {"name": "翠湖里", "hotline": "400-1"}, shown)
    assert error.value.code == "changed-meanwhile"
    assert error.value.values["clashes"] == [("name", "翠湖里", "翠湖花园")]
    database.write(admin, site.edit, {"name": "翠湖花园"}, shown)  # the same wish is no clash
