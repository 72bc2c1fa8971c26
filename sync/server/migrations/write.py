"""For developers: write the migration that brings headquarters' newest schema to what `tables` says.

python -m sync.server.migrations.write 0003 "what changed"        then set HEAD and read the file
python -m sync.server.migrations.write 0003 "what changed" --again    rewrite an unreleased one
"""

from __future__ import annotations

from models.migrations.write import main
from sync.server.migrations import FOLDER

if __name__ == "__main__":
    main(FOLDER)
