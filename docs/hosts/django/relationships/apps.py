"""What the framework must know of the app."""

from django.apps import AppConfig


class RelationshipsConfig(AppConfig):
    """Customers, what is known of them, and what was decided."""

    name = "relationships"
    default_auto_field = "django.db.models.BigAutoField"
