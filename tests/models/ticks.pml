/* A worker whose ticks are planned moments 1, 2, 3: the hosts that claim them, run them and write the next moment.

   A tick is a claim of the worker's row: it is guarded by the moment that was seen, and its settlement by the fence. */

#ifndef HOSTS
#define HOSTS 2
#endif
#define NOBODY HOSTS
#define LAST 3

byte due = 1;                   /* the planned moment of the next tick */
byte fence = 0;
byte owner = NOBODY;            /* who ticks now */
byte owner_life = 0;
bool live[HOSTS];
byte life[HOSTS];               /* who registers anew does so under an id that nobody had before */
byte valid[5];                  /* of each moment, how many settlements of a run of it were accepted */
byte lapses = 0;

#define OWNER_LIVES (owner != NOBODY && live[owner] && life[owner] == owner_life)

#ifdef NO_CLAIM_CHECK
#define MAY_TICK(seen) true
#else
#define MAY_TICK(seen) (owner == NOBODY && due == seen)
#endif

#ifdef NO_FENCE
#define HOLDS(claim) true
#else
#define HOLDS(claim) (owner != NOBODY && fence == claim)
#endif

proctype host(byte me)
{
    byte claim = 0, moment = 0;

    do
    :: due > LAST -> break

    :: atomic { claim == 0 && !live[me] -> live[me] = true; life[me]++ }

    :: claim == 0 && live[me] && owner == NOBODY && due <= LAST ->      /* it sees what is due, ... */
        moment = due;
        atomic {                                                        /* ... and claims it */
            if
            :: MAY_TICK(moment) && live[me] -> owner = me; owner_life = life[me]; fence++; claim = fence
            :: else -> skip
            fi
        }

    :: claim != 0 ->                                                    /* it has run, and writes the next moment */
        atomic {
            if
            :: HOLDS(claim) ->
                valid[moment]++;
                assert(valid[moment] == 1);     /* no planned moment has two valid runs */
                assert(moment + 1 >= due);      /* and the plan never goes back */
                due = moment + 1; owner = NOBODY
            :: else -> skip
            fi;
            claim = 0
        }

    :: atomic { claim != 0 && !live[me] -> claim = 0 }

    :: atomic {                                                         /* a tick of a dead host is lost, and due again */
            live[me] && owner != NOBODY && !OWNER_LIVES -> owner = NOBODY
        }
    od
}

proctype time()
{
    byte who;
    do
    :: lapses < 2 ->
        select(who : 0 .. HOSTS - 1);
        atomic {
            if
            :: live[who] -> live[who] = false; lapses++
            :: else -> skip
            fi
        }
    :: break
    od
}

init {
    byte number;
    atomic {
        for (number : 0 .. HOSTS - 1) { run host(number) }
        run time()
    }
}

ltl finished { <> (due > LAST) }
