"""Every table of the store, as SQL text in one place.

Files are immutable once published; a file holds the tables of its kind and one `run` row that says
everything its rows depend on. Identifiers that come from outside pass `identifier`; values are always bound.
"""

from __future__ import annotations

from ..errors import BadInput

FORMAT_VERSION = 1

ITEMS = """
CREATE TABLE images (
    image_id INTEGER PRIMARY KEY,  -- dense, in key order
    key VARCHAR NOT NULL UNIQUE,   -- the user's id, or the path relative to the root
    path VARCHAR NOT NULL,         -- the file that holds the image, absolute
    row INTEGER,                   -- its row in that file, where the file holds many
    label INTEGER,                 -- NULL: unlabelled
    true_label INTEGER,            -- where a data set has one; read by evaluate and prove alone
    split VARCHAR NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    mode VARCHAR NOT NULL,         -- as stored, before conversion to RGB
    format VARCHAR NOT NULL,
    bytes BIGINT NOT NULL,
    content_hash VARCHAR NOT NULL  -- of the stored bytes (of the pixels, for arrays)
);
CREATE TABLE classes (label INTEGER PRIMARY KEY, name VARCHAR NOT NULL UNIQUE);
CREATE TABLE refused (key VARCHAR, path VARCHAR NOT NULL, reason VARCHAR NOT NULL, detail VARCHAR NOT NULL);
CREATE TABLE understood (place INTEGER, about VARCHAR, text VARCHAR, option VARCHAR);  -- how the input was read
CREATE TABLE passed_over (reason VARCHAR, count BIGINT, example VARCHAR);  -- with kept and refused: all there was
CREATE TABLE source (path VARCHAR, kind VARCHAR, parameters JSON, fingerprint VARCHAR, created VARCHAR, note VARCHAR);
"""

RUN = """
CREATE TABLE IF NOT EXISTS run (
    run_id VARCHAR, kind VARCHAR, name VARCHAR, inputs JSON, parameters JSON, seed BIGINT, weights VARCHAR,
    seconds DOUBLE, created VARCHAR, versions JSON, revision VARCHAR
);
CREATE TABLE IF NOT EXISTS progress (unit VARCHAR PRIMARY KEY, seconds DOUBLE);
"""

# {d} and {k} are integers, put in by `tables_for`.
TABLES = {
    "embedding": "CREATE TABLE IF NOT EXISTS embedding (image_id INTEGER, vector FLOAT[{d}])",
    "score": """CREATE TABLE IF NOT EXISTS score (
        name VARCHAR, image_id INTEGER, value FLOAT, suggested_label INTEGER)""",
    "score_column": """CREATE TABLE IF NOT EXISTS score_column (
        name VARCHAR PRIMARY KEY, scorer VARCHAR, parameters JSON, encoder_run VARCHAR, model_run VARCHAR,
        direction INTEGER, fitted_on VARCHAR, reason VARCHAR)""",
    "prediction": """CREATE TABLE IF NOT EXISTS prediction (
        image_id INTEGER, predicted INTEGER, confidence FLOAT, entropy FLOAT, max_logit FLOAT, loss FLOAT,
        correct BOOLEAN, top5 INTEGER[], trained_on BOOLEAN)""",
    "probability": "CREATE TABLE IF NOT EXISTS probability (image_id INTEGER, probs FLOAT[{k}])",
    "dynamics": """CREATE TABLE IF NOT EXISTS dynamics (
        image_id INTEGER, epoch INTEGER, p_label FLOAT, margin FLOAT, loss FLOAT, correct BOOLEAN, el2n FLOAT)""",
    "epoch": """CREATE TABLE IF NOT EXISTS epoch (
        epoch INTEGER, learning_rate DOUBLE, train_loss DOUBLE, train_accuracy DOUBLE, held_out_accuracy DOUBLE,
        seconds DOUBLE, checkpoint VARCHAR)""",
    "metric": """CREATE TABLE IF NOT EXISTS metric (
        name VARCHAR, subject VARCHAR, slice VARCHAR, value DOUBLE, low DOUBLE, high DOUBLE, n BIGINT, note VARCHAR)""",
    "neighbor": """CREATE TABLE IF NOT EXISTS neighbor (
        image_id INTEGER, rank INTEGER, neighbor_id INTEGER, similarity FLOAT)""",
    "point": "CREATE TABLE IF NOT EXISTS point (image_id INTEGER, x FLOAT, y FLOAT)",
}

SCRATCH = {
    "gradient_spread": """CREATE TABLE IF NOT EXISTS gradient_spread (
        name VARCHAR, image_id INTEGER, value FLOAT, label INTEGER)""",
}
"""What a run keeps while it is being computed: made by the first unit that writes it, gone from what is published.
gradient_spread: VoG before it is normalised by class, by window; label is the one whose activation was followed."""

KINDS = {
    "embed": ("embedding",),
    "train": ("prediction", "probability", "dynamics", "epoch"),
    "score": ("score", "score_column", "neighbor"),
    "evaluate": ("metric",),
    "neighbors": ("neighbor",),
    "project": ("point",),
}


def tables_for(kind: str, *, d: int = 0, k: int = 0) -> list[str]:
    """DDL statements of one kind of run. d: embedding dimension, k: number of classes, where a table has them."""
    return [TABLES[name].format(d=int(d), k=int(k)) for name in KINDS[kind]]


def identifier(name: str) -> str:
    """`name` as a quoted SQL identifier. Raises BadInput on an empty name or one with a NUL."""
    if not name or "\x00" in name:
        raise BadInput(f"{name!r} cannot be a column name.", "Rename the column in the manifest.")
    return '"' + name.replace('"', '""') + '"'


def quoted(text: str) -> str:
    """A SQL string literal, for ATTACH, which takes no bound value."""
    return "'" + text.replace("'", "''") + "'"
