-- Times are Unix milliseconds. Hashes and keys are lower-case hexadecimal SHA-256.

CREATE TABLE experiments (
    id        TEXT    NOT NULL PRIMARY KEY,
    name      TEXT    NOT NULL,
    grid      TEXT    NOT NULL,
    submitted INTEGER NOT NULL,
    cancelled INTEGER NULL
);

CREATE TABLE jobs (
    id         INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    key        TEXT    NOT NULL,
    kind       TEXT    NOT NULL,
    title      TEXT    NOT NULL,
    state      TEXT    NOT NULL,
    attempt    INTEGER NOT NULL,
    losses     INTEGER NOT NULL,
    halvings   INTEGER NOT NULL,
    ended      INTEGER NULL,
    error      TEXT    NULL,
    corpus     TEXT    NULL,
    manifest   TEXT    NULL,
    upstream   TEXT    NULL,
    protocol   TEXT    NULL,
    folds      TEXT    NULL,
    fold       INTEGER NULL,
    head       TEXT    NULL,
    seed       INTEGER NULL,
    spec       TEXT    NOT NULL
);
CREATE UNIQUE INDEX ix_jobs_key ON jobs (key);
CREATE INDEX ix_jobs_state ON jobs (state, id);

CREATE TABLE job_dependencies (
    job_id     INTEGER NOT NULL REFERENCES jobs (id),
    depends_on INTEGER NOT NULL REFERENCES jobs (id),
    PRIMARY KEY (job_id, depends_on)
) WITHOUT ROWID;
CREATE INDEX ix_job_dependencies_depends_on ON job_dependencies (depends_on);

CREATE TABLE experiment_jobs (
    experiment_id TEXT    NOT NULL REFERENCES experiments (id),
    job_id        INTEGER NOT NULL REFERENCES jobs (id),
    position      INTEGER NOT NULL,
    PRIMARY KEY (experiment_id, job_id)
) WITHOUT ROWID;
CREATE INDEX ix_experiment_jobs_job_id ON experiment_jobs (job_id);

CREATE TABLE attempts (
    job_id  INTEGER NOT NULL REFERENCES jobs (id),
    number  INTEGER NOT NULL,
    slot    TEXT    NOT NULL,
    state   TEXT    NOT NULL,
    started INTEGER NOT NULL,
    ended   INTEGER NULL,
    error   TEXT    NULL,
    PRIMARY KEY (job_id, number)
) WITHOUT ROWID;
CREATE INDEX ix_attempts_state ON attempts (state);

-- One row per job that has a result; the first complete, valid result of any attempt.
CREATE TABLE results (
    job_id       INTEGER NOT NULL PRIMARY KEY REFERENCES jobs (id),
    job_key      TEXT    NOT NULL,
    attempt      INTEGER NOT NULL,
    finished     INTEGER NOT NULL,
    wall_seconds REAL    NOT NULL,
    wa           REAL    NULL,
    ua           REAL    NULL,
    wf1          REAL    NULL,
    macro_f1     REAL    NULL,
    warnings     TEXT    NULL,
    run          TEXT    NOT NULL,
    result       TEXT    NOT NULL
);
CREATE UNIQUE INDEX ix_results_job_key ON results (job_key);

CREATE TABLE datasets (
    manifest   TEXT    NOT NULL PRIMARY KEY,
    corpus     TEXT    NOT NULL,
    utterances INTEGER NOT NULL,
    speakers   INTEGER NOT NULL,
    seconds    REAL    NOT NULL,
    synthetic  INTEGER NOT NULL,
    scanned    INTEGER NOT NULL,
    classes    TEXT    NOT NULL,
    warnings   TEXT    NOT NULL
);

CREATE TABLE fold_sets (
    hash     TEXT    NOT NULL PRIMARY KEY,
    manifest TEXT    NOT NULL,
    protocol TEXT    NOT NULL,
    version  INTEGER NOT NULL,
    folds    INTEGER NOT NULL,
    badges   TEXT    NOT NULL
);
