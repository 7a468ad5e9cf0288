-- Second factors and their recovery codes, what an account's owner is told at the next log-in, and what tells one
-- session or token from another. Seeds lie sealed under a node key; recovery codes as hashes.
create table second_factors (
    locality text not null,
    user_id uuid not null,
    seed bytea,
    confirmed_at timestamptz,
    last_step bigint not null,
    pending_seed bytea,
    pending_until timestamptz,
    primary key (locality, user_id),
    foreign key (locality, user_id) references users (locality, id)
);

create table recovery_codes (
    locality text not null,
    user_id uuid not null,
    code_hash bytea not null,
    primary key (locality, user_id, code_hash),
    foreign key (locality, user_id) references users (locality, id)
);

create table account_notices (
    locality text not null,
    id uuid not null,
    user_id uuid not null,
    kind text not null,
    at timestamptz not null,
    primary key (locality, id),
    foreign key (locality, user_id) references users (locality, id)
);

create index account_notices_by_user on account_notices (locality, user_id, at);

alter table sessions add column id uuid;
alter table sessions add column factors text;
alter table tokens add column used_at timestamptz;
