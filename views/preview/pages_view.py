"""Shows a PDF's pages below each other, at a zoom; draws only what is in sight."""

from __future__ import annotations

from collections import OrderedDict

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QScrollArea, QWidget

from views.preview.pdf_pages import PdfPages

FIT_WIDTH, FIT_PAGE = "width", "page"
ZOOMS = (0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 3.0, 4.0)
_GAP = 14  # px between pages and round them
_KEPT = 12  # pictures kept
_SCREEN_DPI = 96.0
_LARGEST = 4000  # px; a longer side of a picture is drawn coarser (rolls)


class _Canvas(QWidget):
    """The pages themselves; as large as they are at the zoom."""

    def __init__(self) -> None:
        super().__init__()
        self.pages: PdfPages | None = None
        self.zoom = 1.0
        self.rects: list[QRect] = []
        self._pictures: OrderedDict[tuple[int, float, float], QImage] = OrderedDict()

    def set_pages(self, pages: PdfPages | None) -> None:
        self.pages = pages
        self._pictures.clear()

    def arrange(self, zoom: float, width: int) -> None:
        """Place the pages in a column in the middle of *width* px."""
        self.zoom = zoom
        self.rects = []
        if self.pages is None:
            return
        sizes = [self._pixels(number) for number in range(len(self.pages))]
        widest = max([width, *(size.width() + 2 * _GAP for size in sizes)])
        y = _GAP
        for size in sizes:
            self.rects.append(QRect(QPoint((widest - size.width()) // 2, y), size))
            y += size.height() + _GAP
        self.resize(widest, y)
        self.update()

    def _pixels(self, number: int) -> QSize:
        assert self.pages is not None
        width, height = self.pages.sizes[number]
        scale = self.zoom * _SCREEN_DPI / 72
        return QSize(max(1, round(width * scale)), max(1, round(height * scale)))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        for number, rect in enumerate(self.rects):
            if event.rect().intersects(rect.adjusted(0, 0, 3, 3)):
                painter.fillRect(rect.translated(2, 2), QColor(0, 0, 0, 45))
                painter.drawImage(rect, self._picture(number))
        painter.end()

    def _picture(self, number: int) -> QImage:
        assert self.pages is not None
        ratio = self.devicePixelRatioF()
        key = (number, self.zoom, ratio)
        if key not in self._pictures:
            longest = max(self._pixels(number).width(), self._pixels(number).height()) * ratio
            dots = self.zoom * _SCREEN_DPI * ratio * min(1.0, _LARGEST / longest)
            self._pictures[key] = self.pages.image(number, dots)
            while len(self._pictures) > _KEPT:
                self._pictures.popitem(last=False)
        self._pictures.move_to_end(key)
        return self._pictures[key]


class PagesView(QScrollArea):
    """A scroll area over the pages. ``moved`` when another page comes to the top or the zoom changes."""

    moved = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._canvas = _Canvas()
        self._mode: str | float = FIT_WIDTH
        self.setWidget(self._canvas)
        self.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.setBackgroundRole(self.backgroundRole().Mid)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.verticalScrollBar().valueChanged.connect(lambda _value: self.moved.emit())
        self.viewport().installEventFilter(self)

    def set_pages(self, pages: PdfPages | None) -> None:
        """Show other pages (the view does not close them); the place and the zoom stay as far as they can."""
        place = self.verticalScrollBar().value()
        self._canvas.set_pages(pages)
        self._arrange()
        self.verticalScrollBar().setValue(place)

    @property
    def page_count(self) -> int:
        return len(self._canvas.rects)

    @property
    def current_page(self) -> int:
        """Number (from 0) of the page at the middle of the view."""
        middle = self.verticalScrollBar().value() + self.viewport().height() // 2
        for number, rect in enumerate(self._canvas.rects):
            if middle <= rect.bottom() + _GAP:
                return number
        return max(0, self.page_count - 1)

    @property
    def zoom(self) -> float:
        """1.0 shows paper as large as it is on a screen of 96 dpi."""
        return self._canvas.zoom

    def go_to(self, number: int) -> None:
        """Bring page *number* (from 0, clipped to what there is) to the top."""
        if self._canvas.rects:
            rect = self._canvas.rects[min(max(number, 0), self.page_count - 1)]
            self.verticalScrollBar().setValue(rect.top() - _GAP)
            self.moved.emit()

    def set_zoom(self, mode: str | float) -> None:
        """A factor, or ``FIT_WIDTH`` / ``FIT_PAGE``, which follow the window."""
        page = self.current_page
        self._mode = mode
        self._arrange()
        self.go_to(page)
        self.moved.emit()

    def step_zoom(self, *, is_larger: bool) -> None:
        """The next of ``ZOOMS``."""
        now = self.zoom
        if is_larger:
            self.set_zoom(next((zoom for zoom in ZOOMS if zoom > now + 0.01), ZOOMS[-1]))
        else:
            self.set_zoom(next((zoom for zoom in reversed(ZOOMS) if zoom < now - 0.01), ZOOMS[0]))

    def _fitting(self) -> float:
        pages = self._canvas.pages
        if pages is None or not len(pages):
            return 1.0
        if isinstance(self._mode, float):
            return self._mode
        points = _SCREEN_DPI / 72
        widest = max(width for width, _height in pages.sizes) * points
        bar = self.verticalScrollBar().sizeHint().width()
        across = (self.width() - bar - 2 * _GAP - 4) / widest
        if self._mode == FIT_WIDTH:
            return max(0.1, min(across, 2.0))
        highest = max(height for _width, height in pages.sizes) * points
        return max(0.1, min(across, (self.height() - 2 * _GAP - 4) / highest))

    def _arrange(self) -> None:
        self._canvas.arrange(self._fitting(), self.viewport().width())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.viewport():
            if event.type() == QEvent.Type.Resize:
                self._arrange()
                self.moved.emit()
            elif isinstance(event, QWheelEvent) and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
                self.step_zoom(is_larger=event.angleDelta().y() > 0)
                QApplication.sendPostedEvents(self, QEvent.Type.LayoutRequest)
                return True
        return super().eventFilter(watched, event)
