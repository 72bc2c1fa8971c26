"""Words for the faults of paper: printers and PDF files."""

from __future__ import annotations

from resources.translations import N_

MESSAGES: dict[str, str] = {
    "no-printer": N_("这台电脑没有可用的打印机。可以先另存为 PDF。"),
    "printer-missing": N_("找不到打印机“{printer}”。请检查是否已开机、已连接，或另选一台。"),
    "printer-refused": N_("打印机“{printer}”没有接受这份文件：{reason}"),
    "printer-timeout": N_("打印系统在 {seconds} 秒内没有回应，可能没有打印。请先看打印机，再决定是否补打。"),
    "fonts-not-built": N_("打印用的字体还没有生成。请在程序目录运行一次：{command}"),
    "pdf-damaged": N_("这份 PDF 打不开，请重新生成。"),
    "pdf-not-saved": N_("PDF 没有存下：{path}（{reason}）"),
}
