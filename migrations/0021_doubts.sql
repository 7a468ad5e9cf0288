-- What somebody says is wrong about a field of an identity or a marriage or birth record, until it is decided: here, or
-- at the node that answers for the record. The same id at every node that was told.
create table doubts (
    locality text not null,
    id uuid not null,
    fact text not null,
    about_id uuid not null,
    field text,
    version integer not null,
    reason text not null,
    resident_id uuid,
    raised_at timestamptz not null,
    raised_by uuid,
    decided_by_node text not null,
    from_peer text,
    due_on date not null,
    state text not null,
    refusal text,
    corrected_to integer,
    closed_at timestamptz,
    closed_by uuid,
    primary key (locality, id)
);
create index doubts_by_about on doubts (locality, about_id);
create index doubts_by_resident on doubts (locality, resident_id);
create index doubts_by_due_day on doubts (locality, state, due_on);
