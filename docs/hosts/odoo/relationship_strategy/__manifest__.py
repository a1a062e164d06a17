{
    "name": "Relationship Strategy",
    "summary": "The next right move for each partner, with the reason",
    "version": "18.0.1.0.0",
    "category": "Sales/CRM",
    "license": "Other OSI approved licence",
    "depends": ["base"],
    "external_dependencies": {"python": ["relmkt"]},
    "data": ["views/res_partner_views.xml"],
    "installable": True,
}
