-- The officers named to see protected persons. Rows of the node as a whole: they carry its seat.
create table protection_officers (
    locality text not null,
    user_id uuid not null,
    named_at timestamptz not null,
    named_by uuid not null,
    primary key (locality, user_id),
    foreign key (locality, user_id) references users (locality, id)
);

-- Who is protected. It stands while `lifted_at` is null; nobody but named officers and, of a file they opened
-- themselves, the clerk in `opened_by` see the person then. The id is the same at every node. A protection a peer told
-- of before its person, or the lifting before the raising, waits at the seat without a resident.
create table protections (
    locality text not null,
    id uuid not null,
    resident_id uuid,
    document_index bytea,
    source_peer text,
    ground text,
    case_ref text,
    raised_at timestamptz not null,
    raised_by uuid,
    confirmed_at timestamptz,
    confirmed_by uuid,
    review_on date not null,
    opened_by uuid,
    second_of uuid,
    lift_asked_at timestamptz,
    lift_asked_by uuid,
    lifted_at timestamptz,
    lifted_by uuid,
    primary key (locality, id)
);
create index protections_standing on protections (locality, resident_id) where lifted_at is null;
create index protections_awaited on protections (locality, document_index) where lifted_at is null;

-- Who asked for a protected person and was answered as for somebody unknown: for the person and the named officers.
create table protection_attempts (
    locality text not null,
    id uuid not null,
    resident_id uuid not null,
    kind text not null,
    role text not null,
    office text not null,
    user_id uuid not null,
    peer text,
    at timestamptz not null,
    primary key (locality, id)
);
create index protection_attempts_by_resident on protection_attempts (locality, resident_id, id);
