"""The report: one page of HTML that tells a whole plan, and needs no network."""

from relmkt.adapters.report._channel import channel_html, write_channel_report
from relmkt.adapters.report._page import report_html, write_report

__all__ = ["channel_html", "report_html", "write_channel_report", "write_report"]
