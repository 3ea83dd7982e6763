/** Opens the journal's database and brings its schema up to date. */
import { closeSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { makePrivateDirectory } from '../platform/files.ts'
import { WorktrainError } from '../protocol/index.ts'

/** How long a statement waits for another process's transaction, ms. */
const BUSY_TIMEOUT_MS = 5_000

/** Result codes of SQLite (https://sqlite.org/rescode.html), without their extended part. */
const SQLITE_BUSY = 5
const SQLITE_CORRUPT = 11
const SQLITE_FULL = 13
const SQLITE_NOTADB = 26

/**
 * Forward only. A released entry is never edited: a change is a new entry at the end. Nothing is
 * copied aside before one runs; each runs in a transaction of its own, whole or not at all.
 */
const MIGRATIONS: readonly { name: string; sql: string }[] = [
  {
    name: 'events, projections, writer',
    sql: `
      CREATE TABLE event (
        seq INTEGER PRIMARY KEY,
        at INTEGER NOT NULL,
        aggregate TEXT NOT NULL,
        id TEXT NOT NULL,
        version INTEGER NOT NULL,
        type TEXT NOT NULL,
        data TEXT NOT NULL,
        actor TEXT NOT NULL,
        cause TEXT NOT NULL,
        UNIQUE (id, aggregate, version)
      ) STRICT;
      CREATE TABLE projection (
        aggregate TEXT NOT NULL,
        id TEXT NOT NULL,
        version INTEGER NOT NULL,
        state TEXT NOT NULL,
        PRIMARY KEY (aggregate, id)
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE writer (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        epoch INTEGER NOT NULL,
        projections TEXT NOT NULL
      ) STRICT;
      INSERT INTO writer VALUES (1, 0, '');
    `,
  },
  {
    // What is empty is not of the stored shape: the projections are made again.
    name: 'projections in order of their first events',
    sql: `
      DROP TABLE projection;
      CREATE TABLE projection (
        aggregate TEXT NOT NULL,
        id TEXT NOT NULL,
        first INTEGER NOT NULL,
        version INTEGER NOT NULL,
        state TEXT NOT NULL,
        PRIMARY KEY (aggregate, id)
      ) STRICT, WITHOUT ROWID;
      UPDATE writer SET projections = '';
    `,
  },
]

/**
 * @param path the database file; made, with its directory, readable by this user alone
 * @param readOnly the file must exist; nothing is migrated
 * @throws JOURNAL_NEWER when the file's schema is newer than this program's
 */
export function openDatabase(path: string, now: () => number, readOnly: boolean): DatabaseSync {
  if (!readOnly) {
    makePrivateDirectory(dirname(path))
    // SQLite gives the -wal and -shm files the permissions of this one.
    closeSync(openSync(path, 'a', 0o600))
  }
  const db = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS, readOnly })
  try {
    if (!readOnly) {
      db.exec('PRAGMA journal_mode = WAL')
      // FULL: a commit is on the disk before it is acknowledged. fullfsync: on macOS fsync alone is not.
      db.exec('PRAGMA synchronous = FULL; PRAGMA fullfsync = 1; PRAGMA checkpoint_fullfsync = 1')
      migrate(db, now)
    }
    refuseNewer(db, path)
    return db
  } catch (error) {
    db.close()
    throw fromSqlite(error, path)
  }
}

/** Runs `body` in a transaction that holds the database's one write lock from the start. */
export function transaction<T>(db: DatabaseSync, body: () => T): T {
  db.exec('BEGIN IMMEDIATE')
  try {
    const result = body()
    db.exec('COMMIT')
    return result
  } catch (error) {
    // Some failures (disk full, I/O) have rolled back already: a second ROLLBACK would hide them.
    if (db.isTransaction) db.exec('ROLLBACK')
    throw error
  }
}

/** The driver's errors as coded ones; anything else is returned as it is. */
export function fromSqlite(error: unknown, path: string): unknown {
  if (!(error instanceof Error) || (error as NodeJS.ErrnoException).code !== 'ERR_SQLITE_ERROR') return error
  const result = (error as Error & { errcode: number }).errcode & 0xff
  if (result === SQLITE_FULL)
    return new WorktrainError('DISK_FULL', `The disk is full: nothing was written to the journal ${path}.`, {
      cause: error,
    })
  if (result === SQLITE_BUSY)
    return new WorktrainError(
      'JOURNAL_CONFLICT',
      `Another process has been writing to the journal ${path} for too long.`,
      {
        cause: error,
      },
    )
  if (result === SQLITE_CORRUPT || result === SQLITE_NOTADB)
    return new WorktrainError('INTERNAL', `The journal ${path} is damaged: ${error.message}.`, {
      hint: 'Keep the file for a report, and restore it from a backup.',
      cause: error,
    })
  return error
}

function migrate(db: DatabaseSync, now: () => number): void {
  transaction(db, () => {
    db.exec(
      'CREATE TABLE IF NOT EXISTS migration (id INTEGER PRIMARY KEY, name TEXT NOT NULL, at INTEGER NOT NULL) STRICT',
    )
  })
  for (const [index, migration] of MIGRATIONS.entries()) {
    const id = index + 1
    transaction(db, () => {
      if (schemaOf(db) >= id) return
      db.exec(migration.sql)
      db.prepare('INSERT INTO migration (id, name, at) VALUES (?, ?, ?)').run(id, migration.name, now())
    })
  }
}

function refuseNewer(db: DatabaseSync, path: string): void {
  const schema = schemaOf(db)
  if (schema > MIGRATIONS.length)
    throw new WorktrainError(
      'JOURNAL_NEWER',
      `The journal ${path} has schema ${schema}; this Worktrain knows ${MIGRATIONS.length}.`,
      { details: { path, schema, known: MIGRATIONS.length } },
    )
}

function schemaOf(db: DatabaseSync): number {
  return (db.prepare('SELECT coalesce(max(id), 0) AS id FROM migration').get() as { id: number }).id
}
