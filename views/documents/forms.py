"""The sheets of paper: sizes, where ink may go, and how large the type is. All lengths here in mm, type in
pt.

Continuous forms run through tractor printers: ink stays 8 mm from the perforation and 16 mm from the side
edges, type is 9 pt or more, nothing is filled and nothing grey (``domain.md`` §9).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

MM = 72 / 25.4


@dataclass(frozen=True)
class Style:
    """How a form looks. Sizes in pt, lengths in mm; ``grey`` and ``hair_grey`` from 0 (black) to 1."""

    label: float = 7.6
    value: float = 10.2
    small: float = 9.2
    strong: float = 13.5
    heading: float = 17.0
    number: float = 13.0
    foot: float = 7.4
    pad: float = 1.7
    row: float = 6.15
    """Height of a row with one line."""
    frame: float = 0.9
    rule: float = 0.7
    hair: float = 0.35
    """Line widths in pt: round the table, between groups, between cells."""
    grey: float = 0.36
    hair_grey: float = 0.45
    tint: float = 0.935
    """Brightness of the side bands; 1 for no fill."""
    band: float = 6.2
    """Width of the side bands that name the groups; 0 for none."""
    qr: float = 14.5


@dataclass(frozen=True)
class Form:
    """One kind of sheet. ``margins`` are top, right, bottom, left. ``height`` is 0 for a roll: as long as
    needed.

    ``material_rows`` is how many rows for materials a work order has at least, ``material_pairs`` whether two
    materials stand side by side. ``is_third`` asks for the short row set.
    """

    key: str
    name: str
    width: float
    height: float
    margins: tuple[float, float, float, float]
    style: Style
    is_continuous: bool = False
    is_third: bool = False
    material_rows: int = 2
    material_pairs: bool = True

    @property
    def is_roll(self) -> bool:
        return self.height == 0

    @property
    def is_narrow(self) -> bool:
        return self.width < 120

    @property
    def inner_width(self) -> float:
        """Between the margins, in mm."""
        return self.width - self.margins[1] - self.margins[3]

    @property
    def inner_height(self) -> float:
        """Between the margins, in mm; for a roll the longest piece that is printed as one page."""
        return (self.height or ROLL_LIMIT) - self.margins[0] - self.margins[2]

    def turned(self) -> Form:
        """The same sheet the other way round (portrait ↔ landscape); margins keep their sides."""
        return replace(self, width=self.height, height=self.width)


ROLL_LIMIT = 3000.0
"""The longest piece of a roll, mm; longer documents go on to a second piece."""

_LASER = Style()
_TALL = replace(
    _LASER,
    label=8.2,
    value=11.0,
    small=10.0,
    strong=15.0,
    heading=20.0,
    number=15.0,
    foot=8.0,
    row=8.4,
    pad=2.0,
)
_DOTS = replace(
    _LASER,
    label=9.0,
    value=10.5,
    small=9.5,
    strong=13.0,
    heading=16.0,
    number=13.0,
    foot=9.0,
    pad=1.3,
    row=6.0,
    frame=0.9,
    hair=0.5,
    grey=0.0,
    hair_grey=0.0,
    tint=1.0,
    band=6.0,
    qr=14.0,
)
_DOTS_THIRD = replace(
    _DOTS, value=10.0, small=9.0, strong=12.0, heading=14.0, row=5.15, pad=1.1, band=0.0, qr=12.5, number=12.0
)
_DOTS_TALL = replace(_DOTS, row=7.6, value=11.5, small=10.5, strong=15.0, heading=18.0, pad=1.6)
_RECEIPT = replace(
    _LASER,
    label=9.0,
    value=10.0,
    small=9.0,
    heading=14.0,
    number=12.0,
    foot=9.0,
    grey=0.0,
    hair_grey=0.0,
    tint=1.0,
    band=0.0,
)

FORMS: dict[str, Form] = {
    form.key: form
    for form in (
        Form("A5", "A5", 210, 148, (8, 10, 7, 10), _LASER),
        Form("A4", "A4", 210, 297, (13, 14, 11, 14), _TALL, material_rows=6, material_pairs=False),
        Form(
            "241x139.7", "241.3 × 139.7 mm", 241.3, 139.7, (8.2, 16.5, 8.2, 16.5), _DOTS, is_continuous=True
        ),
        Form(
            "241x93.1",
            "241 × 93.1 mm",
            241,
            93.1,
            (8.2, 16.5, 8.2, 16.5),
            _DOTS_THIRD,
            is_continuous=True,
            is_third=True,
            material_rows=0,
        ),
        Form(
            "241x279.4",
            "241 × 279.4 mm",
            241,
            279.4,
            (9, 17, 9, 17),
            _DOTS_TALL,
            is_continuous=True,
            material_rows=6,
            material_pairs=False,
        ),
        Form("80", "80 mm", 80, 0, (4, 4, 6, 4), _RECEIPT, material_rows=0, material_pairs=False),
    )
}
"""Every form by its key; the first is the default."""

DEFAULT_FORM = "A5"


def form_of(form: Form | str) -> Form:
    """The form itself, or the one with that key; ``KeyError`` for an unknown key."""
    return FORMS[form] if isinstance(form, str) else form
