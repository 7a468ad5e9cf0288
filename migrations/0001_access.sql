-- Who may: people's log-ins, their sessions, machines' tokens, and requests already answered.
create table node_settings (
    locality text not null,
    name text not null,
    value bytea not null,
    primary key (locality, name)
);

create table users (
    locality text not null,
    id uuid not null,
    login text not null,
    name text not null,
    role text not null,
    scope text not null,
    landlord_id uuid,
    resident_id uuid,
    password_hash text,
    failed_attempts integer not null,
    locked_until timestamptz,
    activation_hash bytea,
    activation_expires_at timestamptz,
    created_at timestamptz not null,
    disabled_at timestamptz,
    primary key (locality, id),
    unique (locality, login)
);

create table sessions (
    locality text not null,
    token_hash bytea not null,
    user_id uuid not null,
    csrf_hash bytea not null,
    created_at timestamptz not null,
    seen_at timestamptz not null,
    expires_at timestamptz not null,
    primary key (locality, token_hash),
    foreign key (locality, user_id) references users (locality, id)
);

create table tokens (
    locality text not null,
    id uuid not null,
    token_hash bytea not null,
    user_id uuid not null,
    name text not null,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    revoked_at timestamptz,
    primary key (locality, id),
    unique (locality, token_hash),
    foreign key (locality, user_id) references users (locality, id)
);

create table answered_requests (
    locality text not null,
    actor_id uuid not null,
    key text not null,
    request_hash bytea not null,
    created_id uuid not null,
    answered_at timestamptz not null,
    primary key (locality, actor_id, key)
);
