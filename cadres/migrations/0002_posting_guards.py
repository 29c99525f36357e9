"""No two postings of one seat, or of one person that exclude each other, overlap in time."""

from django.db import migrations

from cadres.guards import put_up, take_down


class Migration(migrations.Migration):
    dependencies = [("cadres", "0001_initial")]
    operations = [migrations.RunPython(put_up, take_down)]
