"""Where the app takes part in the framework."""

app_name = "relationship_strategy"
app_title = "Relationship Strategy"
app_publisher = "Your Company"
app_description = "The next right move for each customer, with the reason"
app_email = "dev@example.com"
app_license = "mit"
required_apps = ["erpnext"]

doc_events = {"Customer": {"validate": "relationship_strategy.decide.on_validate"}}
scheduler_events = {"daily_long": ["relationship_strategy.decide.decide_all"]}
