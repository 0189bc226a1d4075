-- Leaderboards read rows of tables, not specs: the key of a fold's extract job becomes a column, and one index has all that tells rows apart.
ALTER TABLE jobs ADD COLUMN features TEXT NULL;
UPDATE jobs SET features = json_extract(spec, '$.features') WHERE kind = 'fold';
CREATE INDEX ix_jobs_row ON jobs (corpus, protocol, upstream, head, manifest, folds, features, seed, fold) WHERE fold IS NOT NULL;

-- Validation WA of the tested epoch, by which hyper-parameters are chosen. Before the long columns, so that reading it does not read those.
CREATE TABLE results_2 (
    job_id        INTEGER NOT NULL PRIMARY KEY REFERENCES jobs (id),
    job_key       TEXT    NOT NULL,
    attempt       INTEGER NOT NULL,
    finished      INTEGER NOT NULL,
    wall_seconds  REAL    NOT NULL,
    wa            REAL    NULL,
    ua            REAL    NULL,
    wf1           REAL    NULL,
    macro_f1      REAL    NULL,
    validation_wa REAL    NULL,
    warnings      TEXT    NULL,
    run           TEXT    NOT NULL,
    result        TEXT    NOT NULL
);
INSERT INTO results_2
    SELECT job_id, job_key, attempt, finished, wall_seconds, wa, ua, wf1, macro_f1,
        CASE WHEN wa IS NOT NULL THEN json_extract(result, '$.validationWa[' || json_extract(result, '$.bestEpoch') || ']') END,
        warnings, run, result
    FROM results;
DROP TABLE results;
ALTER TABLE results_2 RENAME TO results;
CREATE UNIQUE INDEX ix_results_job_key ON results (job_key);

-- What is computed from the predictions of a row's results, by the hash of which results they are.
CREATE TABLE row_statistics (
    results    TEXT    NOT NULL PRIMARY KEY,
    statistics TEXT    NOT NULL,
    computed   INTEGER NOT NULL
);
