-- What pages count. Jobs are counted when they change, by triggers in the transaction of the change; a look reads sums of few rows.

-- What jobs are grouped by; '' where they have none of it.
CREATE TABLE cells (
    id       INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    kind     TEXT    NOT NULL,
    corpus   TEXT    NOT NULL,
    protocol TEXT    NOT NULL,
    upstream TEXT    NOT NULL,
    head     TEXT    NOT NULL,
    changes  INTEGER NOT NULL, -- grows whenever a job, an experiment that wants one, or a result comes
    results  INTEGER NOT NULL,
    seconds  REAL    NOT NULL  -- wall time of those results together
);
CREATE UNIQUE INDEX ix_cells_names ON cells (kind, corpus, protocol, upstream, head);

-- Jobs of a fold of a cell in one state. A running job counts as queued: who claims one touches nothing that others do.
CREATE TABLE tallies (
    experiment_id TEXT    NOT NULL, -- '' = all jobs
    cell_id       INTEGER NOT NULL,
    fold          INTEGER NOT NULL, -- -1 where the job is none
    state         TEXT    NOT NULL,
    jobs          INTEGER NOT NULL,
    scores        INTEGER NOT NULL, -- those with a weighted accuracy
    wa            REAL    NOT NULL, -- sum of those
    ended         INTEGER NOT NULL, -- the latest; 0 = none
    PRIMARY KEY (experiment_id, cell_id, fold, state)
) WITHOUT ROWID;

CREATE VIEW counted_jobs AS
    SELECT j.id AS job_id, c.id AS cell_id, COALESCE(j.fold, -1) AS fold, CASE j.state WHEN 'Running' THEN 'Queued' ELSE j.state END AS state,
        r.wa IS NOT NULL AS scores, COALESCE(r.wa, 0) AS wa, COALESCE(j.ended, 0) AS ended
    FROM jobs j
    JOIN cells c ON c.kind = j.kind AND c.corpus = COALESCE(j.corpus, '') AND c.protocol = COALESCE(j.protocol, '') AND c.upstream = COALESCE(j.upstream, '') AND c.head = COALESCE(j.head, '')
    LEFT JOIN results r ON r.job_id = j.id;

INSERT INTO cells (kind, corpus, protocol, upstream, head, changes, results, seconds)
    SELECT j.kind, COALESCE(j.corpus, ''), COALESCE(j.protocol, ''), COALESCE(j.upstream, ''), COALESCE(j.head, ''), 1, COUNT(r.job_id), COALESCE(SUM(r.wall_seconds), 0)
    FROM jobs j LEFT JOIN results r ON r.job_id = j.id
    GROUP BY 1, 2, 3, 4, 5;
INSERT INTO tallies
    SELECT w.experiment_id, c.cell_id, c.fold, c.state, COUNT(*), SUM(c.scores), SUM(c.wa), MAX(c.ended)
    FROM (SELECT experiment_id, job_id FROM experiment_jobs UNION ALL SELECT '', id FROM jobs) w JOIN counted_jobs c ON c.job_id = w.job_id
    GROUP BY 1, 2, 3, 4;

CREATE TRIGGER jobs_added AFTER INSERT ON jobs BEGIN
    INSERT INTO cells (kind, corpus, protocol, upstream, head, changes, results, seconds)
        VALUES (NEW.kind, COALESCE(NEW.corpus, ''), COALESCE(NEW.protocol, ''), COALESCE(NEW.upstream, ''), COALESCE(NEW.head, ''), 1, 0, 0)
        ON CONFLICT (kind, corpus, protocol, upstream, head) DO UPDATE SET changes = changes + 1;
    INSERT INTO tallies
        SELECT '', cell_id, fold, state, 1, 0, 0, ended FROM counted_jobs WHERE job_id = NEW.id
        ON CONFLICT (experiment_id, cell_id, fold, state) DO UPDATE SET jobs = jobs + 1, ended = MAX(ended, excluded.ended);
END;

CREATE TRIGGER experiment_jobs_added AFTER INSERT ON experiment_jobs BEGIN
    UPDATE cells SET changes = changes + 1 WHERE id = (SELECT cell_id FROM counted_jobs WHERE job_id = NEW.job_id);
    INSERT INTO tallies
        SELECT NEW.experiment_id, cell_id, fold, state, 1, scores, wa, ended FROM counted_jobs WHERE job_id = NEW.job_id
        ON CONFLICT (experiment_id, cell_id, fold, state) DO UPDATE SET jobs = jobs + 1, scores = scores + excluded.scores, wa = wa + excluded.wa, ended = MAX(ended, excluded.ended);
END;

CREATE TRIGGER jobs_moved AFTER UPDATE OF state ON jobs
WHEN CASE OLD.state WHEN 'Running' THEN 'Queued' ELSE OLD.state END <> CASE NEW.state WHEN 'Running' THEN 'Queued' ELSE NEW.state END
BEGIN
    UPDATE tallies SET jobs = jobs - 1,
            scores = scores - COALESCE((SELECT wa IS NOT NULL FROM results WHERE job_id = NEW.id), 0), wa = wa - COALESCE((SELECT wa FROM results WHERE job_id = NEW.id), 0)
        WHERE experiment_id IN (SELECT '' UNION ALL SELECT experiment_id FROM experiment_jobs WHERE job_id = NEW.id) AND cell_id = (SELECT id FROM cells WHERE kind = NEW.kind AND corpus = COALESCE(NEW.corpus, '') AND protocol = COALESCE(NEW.protocol, '') AND upstream = COALESCE(NEW.upstream, '') AND head = COALESCE(NEW.head, ''))
            AND fold = COALESCE(NEW.fold, -1) AND state = CASE OLD.state WHEN 'Running' THEN 'Queued' ELSE OLD.state END;
    DELETE FROM tallies
        WHERE jobs = 0 AND experiment_id IN (SELECT '' UNION ALL SELECT experiment_id FROM experiment_jobs WHERE job_id = NEW.id) AND cell_id = (SELECT id FROM cells WHERE kind = NEW.kind AND corpus = COALESCE(NEW.corpus, '') AND protocol = COALESCE(NEW.protocol, '') AND upstream = COALESCE(NEW.upstream, '') AND head = COALESCE(NEW.head, ''))
            AND fold = COALESCE(NEW.fold, -1) AND state = CASE OLD.state WHEN 'Running' THEN 'Queued' ELSE OLD.state END;
    INSERT INTO tallies
        SELECT w.id, c.cell_id, c.fold, c.state, 1, c.scores, c.wa, c.ended
        FROM (SELECT '' AS id UNION ALL SELECT experiment_id FROM experiment_jobs WHERE job_id = NEW.id) w CROSS JOIN counted_jobs c WHERE c.job_id = NEW.id
        ON CONFLICT (experiment_id, cell_id, fold, state) DO UPDATE SET jobs = jobs + 1, scores = scores + excluded.scores, wa = wa + excluded.wa, ended = MAX(ended, excluded.ended);
END;

CREATE TRIGGER results_added AFTER INSERT ON results BEGIN
    UPDATE cells SET changes = changes + 1, results = results + 1, seconds = seconds + NEW.wall_seconds WHERE id = (SELECT cell_id FROM counted_jobs WHERE job_id = NEW.job_id);
    UPDATE tallies SET scores = scores + 1, wa = wa + NEW.wa
        WHERE NEW.wa IS NOT NULL AND experiment_id IN (SELECT '' UNION ALL SELECT experiment_id FROM experiment_jobs WHERE job_id = NEW.job_id) AND cell_id = (SELECT cell_id FROM counted_jobs WHERE job_id = NEW.job_id)
            AND fold = (SELECT COALESCE(fold, -1) FROM jobs WHERE id = NEW.job_id) AND state = (SELECT CASE jobs.state WHEN 'Running' THEN 'Queued' ELSE jobs.state END FROM jobs WHERE id = NEW.job_id);
END;

-- Lists in grid order, the newest results and jobs of one kind, without reading others.
CREATE INDEX ix_experiment_jobs_position ON experiment_jobs (experiment_id, position, job_id);
CREATE INDEX ix_results_finished ON results (finished, job_id);
CREATE INDEX ix_jobs_kind ON jobs (kind, id);
