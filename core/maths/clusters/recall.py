"""How many of their true neighbours queries find in the clusters nearest to them, by their number."""

from __future__ import annotations

import numpy as np

from ...types import Bools, Floats, Ints


def cluster_ranks(order: Ints, clusters: Ints) -> Ints:
    """(q, k) the place of each neighbour's cluster among those nearest to the query, from 0.

    order: (q, C) all clusters, each query's nearest first. clusters: (q, k) of its true neighbours.
    """
    place = np.empty_like(order)
    np.put_along_axis(place, order, np.broadcast_to(np.arange(order.shape[1]), order.shape), axis=1)
    return np.asarray(np.take_along_axis(place, clusters, axis=1))


def found_within(ranks: Ints, there: Bools, probes: int) -> Floats:
    """(q,) the share of each query's neighbours that its `probes` nearest clusters hold; NaN of one without any.

    ranks: (q, k) of `cluster_ranks`. there: (q, k) bool, neighbours that count.
    """
    n = there.sum(axis=1)
    hits = ((ranks < probes) & there).sum(axis=1)
    share: Floats = np.divide(hits, n, out=np.full(len(ranks), np.nan), where=n > 0)
    return share


def enough_probes(ranks: Ints, there: Bools, wanted: float, most: int) -> int:
    """The fewest clusters in which the queries find a share `wanted` of their neighbours on average, `most` at most."""
    for probes in range(1, most):
        share = found_within(ranks, there, probes)
        if np.isnan(share).all() or np.nanmean(share) >= wanted:
            return probes
    return most
