"""The report: one page of HTML that tells a whole plan, and needs no network."""

from relmkt.adapters.report._page import report_html, write_report

__all__ = ["report_html", "write_report"]
