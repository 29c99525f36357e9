"""Two terms as pairs of bars: one SVG made on the server, in the looks of static/css/charts.css."""

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from cadres.indicators import Comparison, Figure, UnitRow
from cadres.models import Term, TermIndicator
from cadres.templatetags.shares import share

ROW, BAR, GAP = 46, 10, 3
BEGIN, END = 0.0, 88.0
ABOVE = 15  # of the name of an indicator


def term_chart(row: UnitRow, before: Term, after: Term) -> SafeString:
    """Each indicator with its figure of both terms, on a scale of 0 to 100 % or years."""
    lines = list(row.comparisons)
    bars = format_html_join("", "{}", ((_pair(n, line),) for n, line in enumerate(lines)))
    says = _("; ").join(
        f"{line.indicator} {shown(line.indicator, line.before)} → "
        f"{shown(line.indicator, line.after)}"
        for line in lines
    )
    title = _("%(before)s in grey, %(after)s in blue") % {"before": before, "after": after}
    return format_html(
        '<svg class="chart" width="100%" height="{}" role="img" aria-labelledby="terms-t terms-d">'
        '<title id="terms-t">{}</title><desc id="terms-d">{}</desc>{}</svg>',
        *(ROW * len(lines), title, says, bars),
    )


def shown(indicator: TermIndicator, figure: Figure) -> str:
    """85.2%, or 46.3 for a mean age."""
    if not figure:
        return "–"
    if indicator.is_share:
        return f"{share(figure.part, figure.whole)}%"
    return str(figure.mean)


def _pair(place: int, line: Comparison) -> SafeString:
    top = ROW * place
    two = ((0, "was", line.before), (BAR + GAP, "share", line.after))
    rows = [
        (top + ABOVE + 5 + down, looks, shown(line.indicator, figure), _length(figure, line))
        for down, looks, figure in two
    ]
    bars = format_html_join(
        "",
        '<rect class="track" x="{4}%" y="{0}" width="{5}%" height="{6}"/>'
        '<rect class="{1}" x="{4}%" y="{0}" width="{3}%" height="{6}"/>'
        '<text class="value" x="100%" y="{0}" dy="9" text-anchor="end">{2}</text>',
        ((y, looks, said, length, BEGIN, END - BEGIN, BAR) for y, looks, said, length in rows),
    )
    return format_html(
        '<g><text class="unit" x="0" y="{}">{} {}</text>{}</g>',
        *(top + ABOVE - 2, str(line.indicator), line.outcome.mark, bars),
    )


def _length(figure: Figure, line: Comparison) -> str:
    if not figure:
        return "0"
    percent = figure.part * (100 if line.indicator.is_share else 1) / figure.whole
    return f"{(END - BEGIN) * min(percent, 100) / 100:.2f}"
