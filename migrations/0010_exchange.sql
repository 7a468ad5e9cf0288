-- Between localities: peers, one stream per direction and peer, the inbox, cases, inquiries, and the schedule's memory.
create table peers (
    locality text not null,
    code text not null,
    card text not null,
    card_jws text not null,
    mode text not null,
    schedule text not null,
    state text not null,
    last_success_at timestamptz,
    last_failure_at timestamptz,
    last_failure text,
    failures integer not null,
    retry_at timestamptz,
    lease_until timestamptz,
    added_at timestamptz not null,
    primary key (locality, code)
);

create table stream_out (
    locality text not null,
    peer text not null,
    seq bigint not null,
    message_id uuid not null,
    kind text not null,
    about_id uuid,
    journal_entry_id uuid,
    envelope text not null,
    hash bytea not null,
    queued_at timestamptz not null,
    verdict text,
    reason text,
    acknowledged_at timestamptz,
    primary key (locality, peer, seq),
    unique (locality, peer, message_id)
);

create table stream_heads (
    locality text not null,
    peer text not null,
    sent_seq bigint not null,
    acknowledged_seq bigint not null,
    received_seq bigint not null,
    primary key (locality, peer)
);

create table projection_cursors (
    locality text not null,
    position bigint not null,
    primary key (locality)
);

create table stream_in (
    locality text not null,
    peer text not null,
    seq bigint not null,
    message_id uuid,
    kind text,
    envelope text not null,
    hash bytea not null,
    received_at timestamptz not null,
    verdict text not null,
    reason text,
    primary key (locality, peer, seq)
);
create unique index stream_in_by_message on stream_in (locality, peer, message_id) where message_id is not null;

create table cases (
    locality text not null,
    id uuid not null,
    peer text not null,
    seq bigint not null,
    kind text not null,
    reason text not null,
    state text not null,
    resident_id uuid,
    note text,
    opened_at timestamptz not null,
    closed_at timestamptz,
    primary key (locality, id)
);
create index cases_by_state on cases (locality, state, id);

create table inquiries (
    locality text not null,
    id uuid not null,
    direction text not null,
    peer text not null,
    resident_id uuid,
    committee text not null,
    purpose text not null,
    basis text not null,
    case_ref text not null,
    wanted text not null,
    due_on date not null,
    due_published boolean not null,
    state text not null,
    outcome text,
    reason text,
    answer bytea,
    asked_at timestamptz not null,
    answered_at timestamptz,
    primary key (locality, id)
);
create index inquiries_by_state on inquiries (locality, direction, state, due_on, id);
create index inquiries_by_resident on inquiries (locality, resident_id);

create table seen_requests (
    locality text not null,
    jti text not null,
    expires_at timestamptz not null,
    primary key (locality, jti)
);
create index seen_requests_by_expiry on seen_requests (locality, expires_at);
