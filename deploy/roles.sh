#!/bin/sh
# Run once by the postgres image when its data directory is empty: the owner of the tables, and the application that cannot change logs.
set -eu
owner=$(cat /run/secrets/owner_password)   # on lines of their own: what cannot be read ends it here, not in a role without a password
app=$(cat /run/secrets/app_password)
psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" -v owner="$owner" -v app="$app" <<'SQL'
CREATE ROLE greenfin_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'owner';
CREATE ROLE greenfin_app   LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'app';
CREATE DATABASE greenfin OWNER greenfin_owner;
REVOKE CONNECT ON DATABASE greenfin FROM PUBLIC;
GRANT CONNECT ON DATABASE greenfin TO greenfin_app;
SQL
