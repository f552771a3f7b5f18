"""What each text says: which groups stand in it, where, which leaf words, which numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from greenfin.tag.company_names import in_names
from greenfin.tag.compiled import WAY, kernel
from greenfin.tag.facts import Fact, read_facts
from greenfin.tag.lexicon import CUSTOMER_ONLY, ENTRY_WORD, LED, NAME_ONLY, NAME_TRADES, PREMISES_HEAD, Edition, Lexicon
from greenfin.tag.match import Hits, find
from greenfin.tag.near import Marks, clauses, follows, gapped, marks, modified, precedes, sentences
from greenfin.tag.normalise import Corpus, corpus
from greenfin.tag.packed import Rows, among, once, places, rows_of
from greenfin.tag.roles import behind, bought, hosting

Flags = NDArray[np.bool_]
Singles = NDArray[np.float32]
Ints = NDArray[np.int64]

_REACH_ZH, _REACH_EN = 12, 70  # how far a replacing word reaches forward, in characters
_NEGATED_ZH, _NEGATED_EN, _EXCEPTED = 10, 40, 2  # the same of a negation; how far back an exception reaches
_LENGTH_WEIGHTS = np.array([0.0, 0.30, 0.44, 0.55, 0.66, 0.74], dtype=np.float32)  # a leaf word of 0, 1, … 5 or more characters
_ORDINARY, _QUALIFIED, _MORE, _EXCLUDED = 0.28, 0.66, 0.04, 0.12
_ENTRY_WORD_LENGTH = 4
_SPECIFIC = 0.46
_BESIDE, _BESIDE_OF = 6, 2


@dataclass(frozen=True, slots=True)
class Said:
    """Groups in texts: ``rows`` packs those of each text; ``place``: where in the first sentence it last ends (0..1, -1: not there)."""

    rows: Rows
    group: Ints
    place: Singles


@dataclass(frozen=True, slots=True)
class LeafWords:
    """What the leaves' own words weigh in texts (above 0): ``rows`` packs those of each text."""

    rows: Rows
    leaf: Ints
    weight: Singles


@dataclass(frozen=True, slots=True)
class Reading:
    """A corpus read. ``counted``: hits outside names that nothing outweighs; ``hits_of`` packs the hits of each text; ``said``:
    groups in the texts; ``facts`` per text; ``words``: edition -> what the leaves' own words weigh."""

    corpus: Corpus
    hits: Hits
    hits_of: Rows
    counted: Flags
    said: Said
    facts: Mapping[str, Fact]
    words: Mapping[str, LeafWords]


@dataclass(frozen=True, slots=True)
class _Meant:
    """Each hit once for each group its word belongs to: which hit, which group, the hit's text."""

    hits: Hits
    which: Ints
    group: Ints
    text: Ints

    def only(self, keep: Flags | Ints) -> _Meant:
        """Some of them."""
        at = places(keep)
        return _Meant(self.hits, self.which.take(at), self.group.take(at), self.text.take(at))

    def of(self, groups: Flags) -> Hits:
        """The hits that mean one of the groups."""
        return self.hits.take(once(self.which.take(places(groups.take(self.group)))))

    def of_one(self, group: int) -> Hits:
        """The hits that mean the group."""
        return self.hits.take(self.which.take(places(self.group == group)))


def read(texts: Sequence[str] | pa.Array, lexicon: Lexicon, *, way: str = "") -> Reading:
    """All texts read in one pass (``way``: see match.find)."""
    body = corpus(texts, way=way)
    at = marks(body, ands=lexicon.tag_words.ands, places=lexicon.tag_words.places, hosts=lexicon.tag_words.hosts)
    hits = _hits(lexicon, body, at.parts, way=way)
    stops, head = at.clauses, sentences(body, at.sentences)
    named = in_names(body, lexicon.tag_words.names, starts=hits.start, ends=hits.end, way=way)
    which, group = lexicon.links.expand(hits.word)
    meant = _Meant(hits, which, group, hits.text[which])
    valid = meant.only(~(named[which] | _ignored(lexicon, body, meant=meant, stops=stops)))
    roles = _roles(lexicon, body, meant=valid, signs=at.hosts)
    aside = _aside(lexicon, body, meant=valid, roles=roles, stops=stops)
    valid = valid.only(~aside.meant)
    in_head = hits.start[valid.which] < head[valid.text]
    counted = np.zeros(len(hits.word), dtype=np.bool_)
    counted[valid.which] = True
    speaks, is_strong = _speaking(lexicon)
    counted |= speaks[hits.word] & ~named
    strong = is_strong[hits.word] & ~named
    inside = meant.only(named[which])
    flags = {
        PREMISES_HEAD: _premises_heads(lexicon, body, meant=valid.only(in_head), roles=roles, at=at),
        CUSTOMER_ONLY: _customers(lexicon, body, meant=valid, named=named, roles=roles, stops=stops),
        NAME_ONLY: _sounding_names(lexicon, inside, valid=valid, size=body.size),
        NAME_TRADES: inside.text[inside.group == lexicon.column["trader_name"]],
        ENTRY_WORD: hits.text[strong],
        LED: hits.text[aside.bought | aside.hosts],
    }
    said = _said(lexicon, body, valid=valid, in_head=in_head, clause=clauses(body, head, stops), stops=stops, flags=flags, way=way)
    kept = places(~(named | aside.hosts))
    own, inputs = hits.take(kept), aside.bought.take(kept)
    words = {n: _leaf_words(lexicon, e, hits=own, inputs=inputs, said=said, size=body.size) for n, e in lexicon.editions.items()}
    return Reading(body, hits, rows_of(hits.text, body.size), counted, said, read_facts(body, lexicon.tag_words.facts), words)


@lru_cache(maxsize=4)
def _speaking(lexicon: Lexicon) -> tuple[Flags, Flags]:
    """For each word whether it speaks for a leaf or a class, and whether strongly."""
    words, editions = np.arange(len(lexicon.words)), lexicon.editions.values()
    speaks = [(e.entries.has(words) | e.class_words.has(words)) for e in editions]
    strong = [e.entries.has(words) & ~e.ordinary & (lexicon.lengths >= _ENTRY_WORD_LENGTH) for e in editions]
    return np.any(speaks, axis=0), np.any(strong, axis=0)


@lru_cache(maxsize=4)
def _placed(lexicon: Lexicon) -> Flags:
    """The groups whose place is asked for: assets, what describes and is described, the parts of these; and words of standing beside."""
    groups = np.arange(len(lexicon.groups))
    found = lexicon.is_kind("asset") | lexicon.beaten_by.has(groups)
    found[lexicon.beaten_by.to] = found[lexicon.column["ancillary"]] = True
    for edition in lexicon.editions.values():
        found |= edition.asset_of.has(groups)
    part, union = lexicon.in_unions.expand(groups)
    found[part[found[union]]] = True
    return found


def _hits(lexicon: Lexicon, body: Corpus, stops: Ints, *, way: str) -> Hits:
    """All words, those in two parts too."""
    hits = find(lexicon.words, body, way=way)
    if way == WAY:
        found: Hits = kernel("words").with_gaps(lexicon, body, hits)
        return found
    return gapped(body, hits, lexicon.gaps, stops=stops)


def _ignored(lexicon: Lexicon, body: Corpus, *, meant: _Meant, stops: Ints) -> Flags:
    """Words inside a longer asset word or a decoy (assets, brown and weak ones), brown words that something replaces,
    assets that are left out, papers that are said to be missing."""
    hits, column = meant.hits, lexicon.column
    longer = np.zeros(len(hits.word), dtype=np.bool_)
    longer[meant.which[lexicon.is_kind("asset", "decoy")[meant.group]]] = True
    brown, asset = lexicon.is_kind("brown")[meant.group], lexicon.is_kind("asset")[meant.group]
    ignored = _covered(hits, longer)[meant.which] & (brown | asset | (meant.group == column["weak"]))

    def ignore(some: Flags, name: str, reach_zh: int, reach_en: int) -> None:
        at = np.flatnonzero(some & ~ignored)
        of = hits.take(meant.which[at])
        ignored[at] = follows(body, of, after=meant.of_one(column[name]), reach_zh=reach_zh, reach_en=reach_en, stops=stops)

    ignore(brown, "displacing", _REACH_ZH, _REACH_EN)
    ignore(brown | asset, "leaving_out", _NEGATED_ZH, _NEGATED_EN)
    ignore(lexicon.is_of("papers")[meant.group], "negating", _NEGATED_ZH, _NEGATED_EN)
    at = np.flatnonzero((brown | asset) & ~ignored)
    ignored[at] = precedes(hits.take(meant.which[at]), before=meant.of_one(column["excepted"]), reach=_EXCEPTED, stops=stops)
    return np.asarray(ignored, dtype=np.bool_)


@dataclass(frozen=True, slots=True)
class _Roles:
    """The words that give others their part in a sentence (groups.yaml, role_*): of buying, making, building or serving, supplying, of
    standing beside; ``signs`` of place or benefit. ``made_of``: texts that speak of buying and of making; ``served``: of a sign and a
    verb; ``rows``: the meanings of both."""

    buys: Hits
    makes: Hits
    serves: Hits
    supplies: Hits
    beside: Hits
    signs: Ints
    made_of: Flags
    served: Flags
    rows: Ints


_ROLES = ("role_buys", "role_makes", "role_hosts", "role_supplies", "role_beside")


def _roles(lexicon: Lexicon, body: Corpus, *, meant: _Meant, signs: Ints) -> _Roles:
    """The words of roles, in one look at all meanings."""
    some = meant.only(among(len(lexicon.groups), [lexicon.column[name] for name in _ROLES])[meant.group])
    buys, makes, serves, supplies, beside = (some.of_one(lexicon.column[name]) for name in _ROLES)
    held = [np.zeros(body.size, dtype=np.bool_) for _ in range(5)]
    for flags, verbs in zip(held, (buys, makes, serves, beside), strict=False):
        flags[verbs.text] = True
    held[4][np.searchsorted(body.starts, signs, side="right") - 1] = True
    made_of, served = held[0] & held[1], (held[2] & held[4]) | held[3]
    return _Roles(buys, makes, serves, supplies, beside, signs, made_of, served, places((made_of | served)[meant.text]))


@dataclass(frozen=True, slots=True)
class _Aside:
    """What another asset leads: ``meant`` the meanings put aside; of the hits those that something else is made of (``bought``) and those
    that it is built at or for (``hosts``)."""

    meant: Flags
    bought: Flags
    hosts: Flags


def _aside(lexicon: Lexicon, body: Corpus, *, meant: _Meant, roles: _Roles, stops: Ints) -> _Aside:
    """What is bought to make something else of it, and what something else is built at or for, where that something is an asset."""
    hits, some = meant.hits, meant.only(roles.rows)
    inputs = bought(hits, buys=roles.buys, makes=roles.makes, texts=roles.made_of)
    may_host = np.zeros(len(hits.word), dtype=np.bool_)
    may_host[some.which[lexicon.is_of("may_host")[some.group]]] = True
    at = places(roles.served[hits.text])
    at = at.take(places(may_host[at] | lexicon.leaf_words[hits.word[at]]))
    hosts = np.zeros(len(hits.word), dtype=np.bool_)
    hosts[at] = hosting(body, hits.take(at), signs=roles.signs, verbs=roles.serves, stops=stops)
    aside = lexicon.is_of("may_be_bought")[some.group] & inputs[some.which]
    aside |= lexicon.is_of("may_host")[some.group] & hosts[some.which]
    leads = np.zeros(body.size, dtype=np.bool_)
    leads[some.text[lexicon.is_kind("asset")[some.group] & ~aside]] = True
    gone = np.zeros(len(meant.which), dtype=np.bool_)
    gone[roles.rows] = aside & leads[some.text]
    inputs[inputs] = leads[hits.text[inputs]]
    hosts[hosts] = leads[hits.text[hosts]]
    return _Aside(gone, inputs, hosts)


def _covered(hits: Hits, by: Flags) -> Flags:
    """Hits inside a longer hit of ``by`` (hits are ordered by start, longer first)."""
    reach = np.where(by, hits.end, -1)
    before = np.concatenate(([-1], np.maximum.accumulate(reach)[:-1])) if len(reach) else reach
    return np.asarray(before >= hits.end, dtype=np.bool_)


def _said(
    lexicon: Lexicon, body: Corpus, *, valid: _Meant, in_head: Flags, clause: Ints, stops: Ints, flags: Mapping[str, Ints], way: str
) -> Said:
    """Groups in each text with their unions."""
    place = np.where(in_head, 0, -1).astype(np.float32)
    heads = places(in_head & _placed(lexicon)[valid.group])
    place[heads] = _places(lexicon, body, meant=valid.only(heads), clause=clause, stops=stops)
    named, marked = Named(valid.text, valid.group, place, in_head), {lexicon.column[name]: texts for name, texts in flags.items()}
    if way == WAY:
        found: Said = kernel("reading").said_of(lexicon, named, marked=marked, size=body.size)
        return found
    return said_of(lexicon, named, marked=marked, size=body.size)


@dataclass(frozen=True, slots=True)
class Named:
    """Groups as they are named in texts, which are in order: where (see Said), and whether in the first sentence."""

    text: Ints
    group: Ints
    place: Singles
    in_head: Flags


def said_of(lexicon: Lexicon, named: Named, *, marked: Mapping[int, Ints], size: int) -> Said:
    """Each group and union of each text once, and some groups of the ``marked`` texts, which are in order; a brown word after the first
    sentence does not count where that names an asset."""
    text, group, place = named.text, named.group, named.place
    certain = np.zeros(size, dtype=np.bool_)
    certain[text[named.in_head & lexicon.is_of("certain_asset")[group]]] = True
    counted = places(named.in_head | ~(certain[text] & lexicon.is_kind("brown")[group]))
    text, group, place = text.take(counted), group.take(counted), place.take(counted)
    which, union = lexicon.in_unions.expand(group)
    once_each = {column: once(texts) for column, texts in marked.items()}
    text = np.concatenate([text, text[which], *once_each.values()])
    group = np.concatenate([group, union, *(np.full(len(texts), column) for column, texts in once_each.items())])
    place = np.concatenate([place, place[which], np.full(len(text) - len(place) - len(which), -1, dtype=np.float32)])
    bits = len(lexicon.groups).bit_length()
    key, place = _largest(text << bits | group, place)
    return Said(rows_of(key >> bits, size), key & ((1 << bits) - 1), place)


def _largest(key: Ints, place: Singles) -> tuple[Ints, Singles]:
    """The distinct keys in order, and the largest place (0..1, or -1) of each. Places from 0 up are ordered as their bits are, so
    that key and place can be sorted as one number."""
    packed = np.sort(key << 32 | np.where(place < 0, 0, place.view(np.int32).astype(np.int64) + 1))
    packed = packed.take(places(np.append(packed[1:] >> 32 > packed[:-1] >> 32, True)[: len(packed)]))
    bits = packed & 0xFFFFFFFF
    return packed >> 32, np.where(bits == 0, np.float32(-1), (bits - 1).astype(np.int32).view(np.float32))


def _places(lexicon: Lexicon, body: Corpus, *, meant: _Meant, clause: Ints, stops: Ints) -> Singles:
    """Where each group ends in the first clause (0..1); 0: in a later clause, or as something beside."""
    start, end, clause = body.starts[meant.text], meant.hits.end[meant.which], clause[meant.text]
    at = np.where(end <= clause, (end - start) / np.maximum(clause - start, 1), 0.0)
    beside, of = meant.of_one(lexicon.column["ancillary"]), meant.hits.take(meant.which)
    return np.where(follows(body, of, after=beside, reach_zh=_BESIDE, reach_en=_BESIDE, stops=stops), 0.0, at).astype(np.float32)


def _premises_heads(lexicon: Lexicon, body: Corpus, *, meant: _Meant, roles: _Roles, at: Marks) -> Ints:
    """Texts whose object is a building or a road that an asset only describes, or ordinary goods and works for one or beside one."""
    buildings, assets = meant.of_one(lexicon.column["premises"]), meant.of(lexicon.is_of("describing"))
    described = buildings.text[modified(body, buildings, assets=assets, joints=at.joints, stops=at.clauses)]
    some = meant.only(roles.served[meant.text])
    ordinary, assets = some.of(lexicon.is_of("ordinary_head")), some.of(lexicon.is_of("certain_asset"))
    served = hosting(body, assets, signs=roles.signs, verbs=roles.serves, stops=at.clauses)
    served |= precedes(assets, before=roles.beside, reach=_BESIDE_OF, stops=at.clauses)
    serving = ordinary.text[behind(body, ordinary, assets=assets, served=served, stops=at.clauses)]
    return np.unique(np.concatenate([described, serving]))


def _customers(lexicon: Lexicon, body: Corpus, *, meant: _Meant, named: Flags, roles: _Roles, stops: Ints) -> Ints:
    """Texts whose only assets are whom goods are supplied to."""
    only = np.zeros(body.size, dtype=np.bool_)
    only[roles.supplies.text] = True
    some, hits = meant.only((only & roles.served)[meant.text]), meant.hits
    at = places(only[hits.text])
    speaks = np.zeros(len(hits.word), dtype=np.bool_)
    speaks[at] = lexicon.leaf_words[hits.word[at]] & ~named[at]
    speaks[some.which[lexicon.is_of("certain_asset")[some.group]]] = True
    assets = hits.take(places(speaks))
    supplied = hosting(body, assets, signs=roles.signs, verbs=roles.supplies, stops=stops)
    only[:] = False
    only[assets.text[supplied]] = True
    only[assets.text[~supplied]] = False
    return np.flatnonzero(only)


def _sounding_names(lexicon: Lexicon, named: _Meant, *, valid: _Meant, size: int) -> Ints:
    """Texts in which a company's name holds an asset or a green-sounding word, and that say nothing weak."""
    weak = lexicon.column["weak"]
    sounds = lexicon.is_kind("asset")[named.group] | (named.group == weak) | (named.group == lexicon.column["sounding"])
    found = np.zeros(size, dtype=np.bool_)
    found[named.text[sounds]] = True
    found[valid.text[valid.group == weak]] = False
    return np.flatnonzero(found)


def _leaf_words(lexicon: Lexicon, edition: Edition, *, hits: Hits, inputs: Flags, said: Said, size: int) -> LeafWords:
    """The best of the leaf's own words, a little more for each further one, less for an exclusion; goods bought to make others of
    (``inputs``) speak for no maker of them."""
    which, leaf = edition.entries.expand(hits.word)
    speaks = places(~(inputs[which] & edition.made[leaf]))
    which, leaf = which.take(speaks), leaf.take(speaks)
    text, word, leaves = hits.text[which], hits.word[which], len(edition.codes)
    qualified = np.zeros(size, dtype=np.bool_)
    qualified[said.rows.of[said.group == lexicon.column["qualifier"]]] = True
    weight = _LENGTH_WEIGHTS[np.minimum(lexicon.lengths[word], len(_LENGTH_WEIGHTS) - 1)]
    weight = np.where(edition.ordinary[word], np.where(qualified[text], _QUALIFIED, _ORDINARY), weight).astype(np.float32)
    order = np.argsort((text * leaves + leaf) * len(lexicon.words) + word)
    key, word, weight = (text * leaves + leaf)[order], word[order], weight[order]
    if not len(key):
        return LeafWords(rows_of(key, size), key, weight)
    opens = np.append(True, np.diff(key) > 0)
    first = np.flatnonzero(opens)
    count = np.add.reduceat((opens | np.append(True, np.diff(word) > 0)).astype(np.float32), first)
    key, best = key[first], np.maximum.reduceat(weight, first)
    best += np.where(best >= _SPECIFIC, np.clip(count - 1, 0, 3) * np.float32(_MORE), 0)
    which, leaf = edition.exclusions.expand(hits.word)
    best[_standing(key, hits.text[which] * leaves + leaf)] -= np.float32(_EXCLUDED)  # once, however often it stands there
    kept = best > 0
    return LeafWords(rows_of(key[kept] // leaves, size), key[kept] % leaves, best[kept])


def _standing(among: Ints, numbers: Ints) -> Flags:
    """Which of some numbers in order are among others."""
    at = np.minimum(np.searchsorted(among, numbers), len(among) - 1)
    found = np.zeros(len(among), dtype=np.bool_)
    found[at[among[at] == numbers]] = True
    return found
