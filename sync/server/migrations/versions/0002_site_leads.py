"""the site leads every key; the directory knows the site of keys that do not say it"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "hq_directory",
        sa.Column("key_hash", sa.Text(), nullable=False),
        sa.Column("site_id", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("key_hash"),
    )
    op.execute("INSERT INTO hq_directory (key_hash, site_id) SELECT token_hash, site_id FROM hq_desk")
    op.execute("INSERT INTO hq_directory (key_hash, site_id) SELECT code_hash, site_id FROM hq_code")
    op.alter_column("hq_site", "id", new_column_name="site_id")
    if op.get_bind().dialect.name == "sqlite":
        _rebuild_codes()
        _rebuild_desks()
    else:
        op.drop_constraint("hq_code_pkey", "hq_code", type_="primary")
        op.create_primary_key("hq_code_pkey", "hq_code", ["site_id", "code_hash"])
        op.drop_constraint("hq_desk_token_hash_key", "hq_desk", type_="unique")
    op.add_column("hq_site", sa.Column("desk_floor", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("hq_site", sa.Column("highest", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("hq_desk", sa.Column("push_epoch", sa.Text(), nullable=False, server_default=""))
    op.add_column("hq_desk", sa.Column("pending", sa.BigInteger(), nullable=True))
    op.add_column("hq_desk", sa.Column("next_token_hash", sa.Text(), nullable=True))
    op.add_column("hq_desk", sa.Column("token_at", sa.BigInteger(), nullable=True))
    op.add_column("hq_desk", sa.Column("rotate_asked", sa.Integer(), nullable=True))
    op.create_index("ix_hq_desk_token", "hq_desk", ["site_id", "token_hash"], unique=True)


def _rebuild_codes() -> None:
    """SQLite cannot change a key in place."""
    op.create_table(
        "hq_code_new",
        sa.Column("site_id", sa.String(length=32), nullable=False),
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.Column("desk_no", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("site_id", "code_hash"),
    )
    _move("hq_code", "site_id, code_hash, created_at, expires_at, used_at, desk_no")


def _rebuild_desks() -> None:
    op.create_table(
        "hq_desk_new",
        sa.Column("site_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("letter", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("nonce", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("enrolled_at", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.Column("seen_at", sa.BigInteger(), nullable=True),
        sa.Column("cursor", sa.BigInteger(), nullable=False),
        sa.Column("schema", sa.Integer(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("push", sa.BigInteger(), nullable=False),
        sa.Column("push_hash", sa.Text(), nullable=False),
        sa.Column("push_try", sa.Integer(), nullable=False),
        sa.Column("push_reply", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("site_id", "number"),
    )
    _move(
        "hq_desk",
        "site_id, number, letter, name, nonce, token_hash, enrolled_at, revoked_at, seen_at, cursor, schema,"
        " version, push, push_hash, push_try, push_reply",
    )


def _move(name: str, columns: str) -> None:
    op.execute(f"INSERT INTO {name}_new ({columns}) SELECT {columns} FROM {name}")  # noqa: S608
    op.drop_table(name)
    op.rename_table(f"{name}_new", name)
