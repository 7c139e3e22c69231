"""What the command line offers to choose from: each list copies what the code behind it takes; a test compares them.

They are written here because those rooms load NumPy and PyTorch, which the help does without.
"""

from __future__ import annotations

from enum import StrEnum


class Device(StrEnum):
    """Where models run."""

    auto = "auto"
    cpu = "cpu"
    cuda = "cuda"


class Engine(StrEnum):
    """What works on shards."""

    local = "local"
    ray = "ray"


class ShardStage(StrEnum):
    """The stages of a folder of shards, in the order in which they are computed."""

    ingest = "ingest"
    embed = "embed"
    predict = "predict"
    folds = "folds"
    rmd_sums = "rmd-sums"
    rmd = "rmd"
    centroid_sums = "centroid-sums"
    centroid = "centroid"
    centres = "centres"
    clusters = "clusters"
    recall = "recall"
    regroup = "regroup"
    neighbors = "neighbors"
    copies = "copies"
    duplicates = "duplicates"
    knn = "knn"
    probe_fit = "probe-fit"
    probe = "probe"
    suspicion_sample = "suspicion-sample"
    suspicion = "suspicion"
    vog_raw = "vog-raw"
    vog_sums = "vog-sums"
    vog = "vog"
    deciles = "deciles"
    evaluate = "evaluate"


class Schedule(StrEnum):
    """How the learning rate falls: a cosine to 0, or a factor of ten twice."""

    cosine = "cosine"
    steps = "steps"


class Normalise(StrEnum):
    """How a difficulty is scaled before it weighs images."""

    minmax = "minmax"
    rank = "rank"
    raw = "raw"


class Control(StrEnum):
    """What takes the place of difficulty weights, to tell what they are worth."""

    permuted = "permuted"
    equal = "equal"


class Which(StrEnum):
    """Which of the training images are kept, of each class."""

    hardest = "hardest"
    easiest = "easiest"
    middle = "middle"
    random = "random"


class Equal(StrEnum):
    """What models of few and of many images have as many of."""

    steps = "steps"
    epochs = "epochs"


class Labels(StrEnum):
    """Which labels a model is trained on, or an export holds."""

    given = "given"
    reviewed = "reviewed"


class LabelVersion(StrEnum):
    """Which labels of an audit are compared."""

    given = "given"
    reviewed = "reviewed"
    true = "true"


class Projection(StrEnum):
    """How vectors come down to a plane."""

    lda = "lda"
    pca = "pca"
    umap = "umap"


class Feature(StrEnum):
    """Which of an encoder's outputs is kept."""

    projected = "projected"
    pooled = "pooled"


class PredictionKind(StrEnum):
    """What a file of predictions holds."""

    auto = "auto"
    probabilities = "probabilities"
    logits = "logits"
    percent = "percent"
    sigmoid = "sigmoid"
    top_k = "top-k"


class TrainedLabels(StrEnum):
    """Which labels a network is trained on; the last two are the controls of `hardlook prove`."""

    given = "given"
    reviewed = "reviewed"
    removals = "random removals"
    changes = "random changes"


class ColumnOrder(StrEnum):
    """In which order the columns of a file of predictions are the classes."""

    audit = "audit"
    header = "header"
    text = "text"
    natural = "natural"
    case = "case"
    appearance = "appearance"


class LabelReading(StrEnum):
    """What labels are: names of classes, or positions of them, counted from 0 or from 1."""

    names = "names"
    positions = "positions"
    positions_from_1 = "positions-from-1"


class Against(StrEnum):
    """What images are told from: the others of their classes, or all others."""

    own_class = "class"
    all = "all"


class Transform(StrEnum):
    """How an image becomes a square."""

    stretch = "stretch"
    crop = "crop"


class VogCheck(StrEnum):
    """Experiments on the variance of gradients."""

    all = "all"
    toy = "toy"
    stability = "stability"
    memorisation = "memorisation"
