-- What makes the journal tamper-evident: the hashes of its Merkle tree in the order they were completed (RFC 6962,
-- numbered as tlog's stored hashes), signed checkpoints of it, the keys that sign them, and what verifications found.
-- Only ever inserted.
create table journal_tree (
    locality text not null,
    number bigint not null,
    hash bytea not null,
    primary key (locality, number)
);

create table journal_checkpoints (
    locality text not null,
    size bigint not null,
    note text not null,
    made_at timestamptz not null,
    primary key (locality, size)
);

-- The secret half is sealed by the node's key, and the public half is derived from it.
create table journal_keys (
    locality text not null,
    id uuid not null,
    secret bytea not null,
    valid_from timestamptz not null,
    valid_until timestamptz not null,
    primary key (locality, id)
);

create table journal_verifications (
    locality text not null,
    id uuid not null,
    verified_at timestamptz not null,
    entries bigint,
    position bigint,
    reason text,
    primary key (locality, id)
);

-- The newest of our checkpoints that a peer confirmed to hold, with its cosignature.
create table journal_cosigned (
    locality text not null,
    peer text not null,
    size bigint not null,
    note text not null,
    witness text not null,
    confirmed_at timestamptz not null,
    primary key (locality, peer)
);

-- The newest checkpoint of each of a peer's journals that was consistent with all before it, and the keys it was signed with.
create table witnessed_checkpoints (
    locality text not null,
    peer text not null,
    origin text not null,
    size bigint not null,
    note text not null,
    keys text not null,
    stated_at timestamptz not null,
    told_at timestamptz,
    primary key (locality, peer, origin)
);

-- Two checkpoints of a peer's journal that cannot both be true, kept as evidence. Only ever inserted.
create table witness_evidence (
    locality text not null,
    id uuid not null,
    peer text not null,
    origin text not null,
    reason text not null,
    held text not null,
    offered text not null,
    found_at timestamptz not null,
    primary key (locality, id)
);
create index witness_evidence_by_peer on witness_evidence (locality, peer, id);
