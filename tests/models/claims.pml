/* One job and the hosts that claim, run, settle and rescue it; any of them may stand still between two steps for longer
   than its lease, and go on later as if nothing had been.

   What is one transaction of the store is `atomic` here; whatever lies between two of them may be interrupted by
   everybody else. Each guard can be left out (-DNO_...), and the test beside this file shows that something breaks then:
   an assertion below, or `finished`.  */

#ifndef HOSTS
#define HOSTS 2
#endif
#ifndef LAPSES
#define LAPSES 2        /* so often does a lease lapse, of whomever */
#endif
#define NOBODY HOSTS

mtype = { ready, running, done };

mtype state = ready;
byte fence = 0;         /* of the last claim */
byte owner = NOBODY;
byte owner_life = 0;
bool live[HOSTS];       /* there is a row of this host, with a live lease */
byte life[HOSTS];       /* which one it is: who registers anew does so under an id that nobody had before */
byte lapses = 0;

#define OWNER_LIVES (owner != NOBODY && live[owner] && life[owner] == owner_life)

/* -- the guards */

#ifdef NO_STATE_CHECK
#define STATE_IS_STILL_READY true
#else
#define STATE_IS_STILL_READY (state == ready)
#endif

#ifdef NO_LEASE_CHECK
#define MAY_CLAIM(host) true
#else
#define MAY_CLAIM(host) live[host]
#endif

#ifdef NO_FENCE
#define HOLDS(claim) (state == running)
#else
#define HOLDS(claim) (state == running && fence == claim)
#endif

#ifdef NO_OWNER_CHECK
#define IS_ORPHAN (state == running)
#else
#define IS_ORPHAN (state == running && !OWNER_LIVES)
#endif

#ifdef RESCUE_WITH_THE_HOST
#define RESCUES(host) false
#else
#define RESCUES(host) (live[host] && IS_ORPHAN)
#endif

/* -- what becomes of the job */

proctype host(byte me)
{
    byte claim = 0;             /* the fence under which it runs the job; 0: it does not */

    do
    :: state == done -> break

    :: atomic { claim == 0 && !live[me] -> live[me] = true; life[me]++ }                    /* registers, at first or anew */

    :: claim == 0 && live[me] && state == ready ->                              /* it sees the job, ... */
        atomic {                                                                /* ... and takes it */
            if
            :: STATE_IS_STILL_READY && MAY_CLAIM(me) ->
                assert(state == ready);                 /* nobody else runs it */
                state = running; owner = me; owner_life = life[me]; fence++; claim = fence
            :: else -> skip
            fi
        }

    :: claim != 0 ->                                                            /* it has run the job, and settles */
        atomic {
            if
            :: HOLDS(claim) ->
                assert(claim == fence);                 /* no stale settlement is accepted */
                assert(state == running);               /* and none twice */
                if
                :: state = done
                :: fence < 3 -> state = ready           /* to be tried again */
                fi;
                owner = NOBODY
            :: else -> skip                             /* too late: somebody else has it, or had it since */
            fi;
            claim = 0
        }

    :: atomic { claim != 0 && !live[me] -> claim = 0 }                          /* it finds itself dead, and drops it */

    :: atomic {                                                                 /* it rescues the jobs of others */
            RESCUES(me) ->
            assert(!OWNER_LIVES);                       /* nothing is taken from the living */
            state = ready; owner = NOBODY
        }
    od
}

/* Time: a lease lapses while its host stands still. */
proctype time()
{
    byte who;
    do
    :: lapses < LAPSES ->
        select(who : 0 .. HOSTS - 1);
        atomic {
            if
            :: live[who] -> live[who] = false; lapses++;
#ifdef RESCUE_WITH_THE_HOST
                /* the rescue that is not enough: what the host runs at this moment is taken, and nothing later */
                if
                :: state == running && owner == who -> state = ready; owner = NOBODY
                :: else -> skip
                fi
#endif
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

ltl finished { <> (state == done) }
