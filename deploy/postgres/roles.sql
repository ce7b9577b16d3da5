-- Who may do what in the database; run once, when it is made.
-- The migrations own every table. A service changes rows of its own schema, and
-- neither tables nor the other's rows. write_secrets.py fills in the passwords.
REVOKE ALL ON DATABASE valetkey FROM PUBLIC;
REVOKE ALL ON SCHEMA public FROM PUBLIC;

CREATE ROLE migrations LOGIN PASSWORD '$migrations';
GRANT CONNECT, CREATE ON DATABASE valetkey TO migrations;

CREATE ROLE auth LOGIN PASSWORD '$auth';
GRANT CONNECT ON DATABASE valetkey TO auth;
CREATE SCHEMA auth AUTHORIZATION migrations;
GRANT USAGE ON SCHEMA auth TO auth;
ALTER DEFAULT PRIVILEGES FOR ROLE migrations IN SCHEMA auth
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO auth;
ALTER DEFAULT PRIVILEGES FOR ROLE migrations IN SCHEMA auth
    GRANT USAGE ON SEQUENCES TO auth;

CREATE ROLE notes LOGIN PASSWORD '$notes';
GRANT CONNECT ON DATABASE valetkey TO notes;
CREATE SCHEMA notes AUTHORIZATION migrations;
GRANT USAGE ON SCHEMA notes TO notes;
ALTER DEFAULT PRIVILEGES FOR ROLE migrations IN SCHEMA notes
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO notes;
ALTER DEFAULT PRIVILEGES FOR ROLE migrations IN SCHEMA notes
    GRANT USAGE ON SEQUENCES TO notes;
