"""The environment that Alembic runs migrations in: the one connection, and its transaction, that `Database.upgrade` holds."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
context.run_migrations()
