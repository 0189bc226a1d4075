-- What jobs need of a slot. 0 = nothing.
CREATE TABLE needs (
    id    INTEGER NOT NULL PRIMARY KEY,
    needs TEXT    NOT NULL
);
CREATE UNIQUE INDEX ix_needs_needs ON needs (needs);
ALTER TABLE jobs ADD COLUMN needs INTEGER NOT NULL DEFAULT 0;
DROP INDEX ix_jobs_state;
CREATE INDEX ix_jobs_state ON jobs (state, needs, id);
