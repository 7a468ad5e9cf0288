-- Who looks, how often, and who looks after those who look.

-- Every look of an officer at somebody's data beside its journal entry: for counting, reviewing, and reading by officer
-- and day. A look drawn for review has a day by which somebody else is due to review it.
create table journal_looks (
    locality text not null,
    entry_id uuid not null,
    actor_id uuid not null,
    office text not null,
    day date not null,
    at timestamptz not null,
    review_due_on date,
    reviewed_by uuid,
    reviewed_at timestamptz,
    objection text,
    primary key (locality, entry_id),
    foreign key (locality, entry_id) references journal (locality, id)
);
create index journal_looks_of_officer on journal_looks (locality, actor_id, day, entry_id);
create index journal_looks_on_day on journal_looks (locality, day, entry_id);
create index journal_looks_drawn on journal_looks (locality, entry_id) where review_due_on is not null;

-- Looks the person does not see before a day, until a peer that is owed the note has been told of it.
create table journal_sealed (
    locality text not null,
    entry_id uuid not null,
    opens_on date not null,
    projected_at timestamptz,
    primary key (locality, entry_id),
    foreign key (locality, entry_id) references journal (locality, id)
);
create index journal_sealed_by_day on journal_sealed (locality, opens_on);

-- How often an officer looked on a day (China), what was added to their limits for it, and how often they were refused.
create table look_counts (
    locality text not null,
    user_id uuid not null,
    day date not null,
    used integer not null,
    raised integer not null,
    refused integer not null,
    warned_at timestamptz,
    primary key (locality, user_id, day),
    foreign key (locality, user_id) references users (locality, id)
);
create index look_counts_by_day on look_counts (locality, day, user_id);

-- Looks that are to be kept from the person for a while: asked for by one officer, decided by another, used once.
create table confidential_accesses (
    locality text not null,
    id uuid not null,
    resident_id uuid not null,
    asked_by uuid not null,
    office text not null,
    asked_at timestamptz not null,
    purpose text not null,
    basis text not null,
    case_ref text not null,
    fields text not null,
    sealed_until date not null,
    decided_by uuid,
    decided_at timestamptz,
    approved boolean,
    refusal text,
    good_until timestamptz,
    used_at timestamptz,
    entry_id uuid,
    primary key (locality, id),
    foreign key (locality, resident_id) references residents (locality, id)
);
create index confidential_accesses_by_asker on confidential_accesses (locality, asked_by, id);
create index confidential_accesses_by_end on confidential_accesses (locality, sealed_until);
