-- Between localities. Rows of the node as a whole carry its seat as their locality.
create table peers (
    locality text not null,
    code text not null,
    card text not null,
    mode text not null,
    schedule text not null,
    state text not null,
    last_success_at timestamptz,
    last_failure_at timestamptz,
    last_failure text,
    failures integer not null,
    retry_at timestamptz,
    lease_until timestamptz,
    agreed_through bigint not null,
    added_at timestamptz not null,
    primary key (locality, code)
);

-- What was said to a peer: consecutive numbers, envelopes sealed once and never again.
create table stream_out (
    locality text not null,
    peer text not null,
    seq bigint not null,
    message_id uuid not null,
    kind text not null,
    about_id uuid not null,
    about_version integer not null,
    consent_id uuid,
    envelope text not null,
    hash text not null,
    queued_at timestamptz not null,
    verdict text,
    acknowledged_at timestamptz,
    primary key (locality, peer, seq),
    unique (locality, peer, message_id)
);
create index stream_out_by_about on stream_out (locality, about_id);
create index stream_out_by_consent on stream_out (locality, consent_id);

-- The last numbers of both streams with a peer: queued, handed over at least once, acknowledged; received, and told.
create table stream_heads (
    locality text not null,
    peer text not null,
    queued bigint not null,
    handed bigint not null,
    acknowledged bigint not null,
    received bigint not null,
    told bigint not null,
    primary key (locality, peer)
);

-- How far the journal of a county was projected onto streams.
create table projections (
    locality text not null,
    position bigint not null,
    primary key (locality)
);

-- What a peer said: the envelope as it came, and the verdict given on it.
create table stream_in (
    locality text not null,
    peer text not null,
    seq bigint not null,
    message_id uuid,
    kind text,
    envelope text not null,
    hash text not null,
    received_at timestamptz not null,
    verdict text not null,
    primary key (locality, peer, seq)
);
create unique index stream_in_by_message on stream_in (locality, peer, message_id) where message_id is not null;

-- Residence notices told to an origin: what the next change is compared with.
create table residence_notices (
    locality text not null,
    id uuid not null,
    resident_id uuid not null,
    peer text not null,
    since date not null,
    until date,
    undone boolean not null,
    primary key (locality, id)
);
create index residence_notices_by_resident on residence_notices (locality, resident_id);

-- Received messages that need a person's work.
create table cases (
    locality text not null,
    id uuid not null,
    peer text not null,
    seq bigint not null,
    kind text not null,
    about_id uuid,
    reason text not null,
    state text not null,
    resident_id uuid,
    opened_at timestamptz not null,
    closed_at timestamptz,
    closed_by uuid,
    primary key (locality, id)
);
create index cases_by_state on cases (locality, state, id);
create index cases_by_about on cases (locality, about_id);

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
    question bytea not null,
    due_on date not null,
    state text not null,
    outcome text,
    answer bytea,
    asked_at timestamptz not null,
    answered_at timestamptz,
    primary key (locality, id)
);
create index inquiries_by_state on inquiries (locality, direction, state, due_on, id);
create index inquiries_by_resident on inquiries (locality, resident_id);

-- Requests already seen, remembered until they expire, so that none is accepted twice.
create table seen_requests (
    locality text not null,
    peer text not null,
    jti uuid not null,
    expires_at timestamptz not null,
    primary key (locality, peer, jti)
);
create index seen_requests_by_expiry on seen_requests (locality, expires_at);
