-- What happened: entries (only ever inserted), whom they concern, and the seals that give them order and hash.
create table journal (
    locality text not null,
    id uuid not null,
    kind text not null,
    at timestamptz not null,
    entry text not null,
    primary key (locality, id)
);

create table journal_subjects (
    locality text not null,
    subject_id uuid not null,
    entry_id uuid not null,
    primary key (locality, subject_id, entry_id),
    foreign key (locality, entry_id) references journal (locality, id)
);

-- Entries committed but not yet sealed: written with the entry, deleted with its seal.
create table journal_unsealed (
    locality text not null,
    entry_id uuid not null,
    primary key (locality, entry_id),
    foreign key (locality, entry_id) references journal (locality, id)
);

create table journal_seals (
    locality text not null,
    position bigint not null,
    entry_id uuid not null,
    hash bytea not null,
    primary key (locality, position),
    unique (locality, entry_id),
    foreign key (locality, entry_id) references journal (locality, id)
);
