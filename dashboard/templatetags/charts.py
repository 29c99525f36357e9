"""Charts of dashboard/charts.py in templates: {% line_chart chart %} and {% bar_chart chart %}."""

from django import template

from dashboard.charts import bar_chart, line_chart

register = template.Library()
register.simple_tag(line_chart)
register.simple_tag(bar_chart)
