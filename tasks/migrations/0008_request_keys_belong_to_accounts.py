"""Keys of requests are kept by `accounts`, for the apps below this one to use them too."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("tasks", "0007_summary_revisions_and_ranking")]
    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.AlterModelTable("RequestKey", "accounts_requestkey")],
            state_operations=[migrations.DeleteModel("RequestKey")],
        )
    ]
