-- Data keys, each wrapped by a node key; deleting one makes all that it sealed unreadable for good.
create table data_keys (
    locality text not null,
    owner_id uuid not null,
    node_key_id text not null,
    wrapped bytea not null,
    created_at timestamptz not null,
    primary key (locality, owner_id)
);

-- Exact look-up of a document over all localities of the node. Its key is the blind index itself.
create table document_lookup (
    blind_index bytea not null,
    locality text not null,
    resident_id uuid not null,
    primary key (blind_index)
);
