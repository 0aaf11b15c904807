"""A row of Asterisk's Master.csv, as far as it matters whose it is."""

from __future__ import annotations


def row(at: int, account: str, src: str, dst: str, context: str) -> str:
    """Unanswered, without its line end; at: its place, and the second of its hour."""
    began = f"2026-01-05 09:{at // 60 % 60:02}:{at % 60:02}"
    cells = (
        account,
        src,
        dst,
        context,
        f'""x"" <{src}>',
        f"PJSIP/a-{at:08x}",
        f"PJSIP/b-{at:08x}",
        "Dial",
        "",
    )
    more = (began, "", began, "5", "0", "NO ANSWER", "DOCUMENTATION", f"1767603600.{at}")
    return ",".join(f'"{cell}"' for cell in (*cells, *more))
