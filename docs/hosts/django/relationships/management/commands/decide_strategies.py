"""Decide on every customer: manage.py decide_strategies policy.json --as-of 2026-11-22."""

from datetime import date
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from relationships.services import decide_all
from relmkt.errors import RelmktError


class Command(BaseCommand):
    """Decide on every customer, and keep the decisions."""

    help = "Decide on every customer, and keep the decisions."

    def add_arguments(self, parser):
        """Take the policy and the day: neither the library nor this command asks the clock."""
        parser.add_argument("policy", help="file of policy JSON")
        parser.add_argument("--as-of", required=True, type=date.fromisoformat)
        parser.add_argument("--batch", type=int, default=5_000)

    def handle(self, *args, **options):
        """Say how many were decided on, or what is wrong."""
        try:
            text = Path(options["policy"]).read_text(encoding="utf-8")
            count = decide_all(policy=text, as_of=options["as_of"], batch=options["batch"])
        except (OSError, RelmktError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{count:,} customers decided on")
