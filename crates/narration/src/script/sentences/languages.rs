//! The facts of each language: abbreviations by what follows them, and usual first words of sentences.
//!
//! Words are written in lower case, without the last stop, separated by spaces.

use waves::Language;

/// One language's words.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Lexicon {
    /// Belong to whatever follows.
    pub(super) leads: &'static str,
    /// Belong to a number that follows.
    pub(super) numbers: &'static str,
    /// May end a sentence.
    pub(super) either: &'static str,
    /// Begin sentences, and are no names.
    pub(super) starters: &'static str,
    /// A number with a stop may be an ordinal before a capital.
    pub(super) ordinals: bool,
}

/// Titles met in every language, for names and Latin words are written as they are.
pub(super) const COMMON_LEADS: &str = "mr mrs ms mx dr drs prof st mt e.g i.e vs cf ca n°";
/// Endings of firms, degrees and countries met in every language.
pub(super) const COMMON_EITHER: &str = "inc ltd co corp llc plc jr ph.d phd u.s u.s.a u.k e.u";

/// Words for “and so on”: a capital after them begins a sentence.
pub(super) const COMMON_ENDS: &str = "etc usw usf osv o.s.v enz itd itp ecc jne yms dll dsb dkk dst vb vd v.v vv etj \
    т.д т.п и.т.д κ.λπ κλπ κτλ κ.τ.λ κ.ά κ.ο.κ";

/// What is known of a language.
pub(super) fn lexicon(language: Language) -> Lexicon {
    match language {
        Language::Auto | Language::English => ENGLISH,
        Language::Spanish => SPANISH,
        Language::French => FRENCH,
        Language::German => GERMAN,
        Language::Italian => ITALIAN,
        Language::Dutch => DUTCH,
        Language::Swedish => SWEDISH,
        Language::Portuguese => PORTUGUESE,
        Language::Polish => POLISH,
        Language::Russian => RUSSIAN,
        Language::Hindi => HINDI,
        Language::Marathi => MARATHI,
        Language::Gujarati => GUJARATI,
        Language::Punjabi => PUNJABI,
        Language::Bengali => BENGALI,
        Language::Odia => ODIA,
        Language::Tamil => TAMIL,
        Language::Telugu => TELUGU,
        Language::Kannada => KANNADA,
        Language::Malayalam => MALAYALAM,
        Language::Greek => GREEK,
        Language::Finnish => FINNISH,
        Language::Norwegian => NORWEGIAN,
        Language::Chinese | Language::Japanese | Language::Korean => Lexicon {
            leads: "",
            numbers: "no vol p pp fig",
            either: "",
            starters: ENGLISH.starters,
            ordinals: false,
        },
        Language::Indonesian => INDONESIAN,
        Language::Vietnamese => VIETNAMESE,
        Language::Malay => MALAY,
        Language::Turkish => TURKISH,
        Language::Arabic => ARABIC,
    }
}

const ENGLISH: Lexicon = Lexicon {
    leads: "messrs mmes mlle mme rev revd hon gen col capt cpt cmdr lt ltc sgt maj adm sen supt det insp \
        pfc pvt cpl ens brig fr bro sister supt atty mons sra srta msgr abp bp ald asst dist pte \
        v approx max amb cp viz resp incl excl esp usu orig eds cert c.f comdr cc \
        capts drs profs sens reps gens govs revs attys mgr",
    numbers: "no nos nr vol vols p pp pg pgs fig figs art arts ch chap chaps sec secs eq eqs ed eds ex op para par pt \
        ver v rm apt ste bldg box tel ext cl cap r sub subpt tab app lot cit fn n c b d ca flr § sat sun wed",
    either: "bros assn assoc dept dist div est univ inst intl natl mfg gmbh s.a ave blvd rd ln ct hwy pkwy pl sq \
        esq sr m.d d.d.s r.n b.a m.a b.s m.s b.sc m.sc ll.b ll.m j.d m.b.a d.phil ed.d d.c n.y l.a u.n a.k.a r.i.p \
        a.m p.m a.d b.c b.c.e c.e n.b p.s r.s.v.p o.k p.o jan feb mar apr jun jul aug sep sept oct nov dec mon tue \
        tues thu thur thurs fri ariz calif colo conn fla ga ind kan kans ky md mich minn mo \
        mont neb nev okla penn tenn va vt wis wyo ala del ont que alta sask oz lb lbs ft mi hr hrs min mins \
        km kg cm mm mg ml yd yds qt dz doz mph rpm deg govt dept misc fwd elev \
        al et.al rep gov pres sup",
    starters: "the a an he she it we you they i i'm i'll i've i'd it's he's she's we're they're you're that's there's this that these \
        those there here his her its our your their my who what when where why how which whose if in on at by for from with without \
        to of as but and or so yet nor then thus hence however although though while because since after before until unless \
        during despite instead meanwhile moreover furthermore nevertheless therefore also both each every all any some many most \
        much few several no not never nothing nobody everyone everybody everything someone somebody something one two three \
        did do does don't didn't is isn't are aren't was wasn't were weren't have haven't has hasn't had can can't could would should \
        shall won't let's let please perhaps maybe indeed now today yesterday tomorrow once soon later only even just another \
        other others hundreds thousands millions billions dozens according about above across among around",
    ordinals: false,
};

const SPANISH: Lexicon = Lexicon {
    leads: "sra srta sres sras dra dres dña d lic ing arq prof profa mtro mtra gral cnel cap tte sgto cmte \
        alm fr mons pbro sto sta excmo excma ilmo ilma rvdo rvda hno hnos hna hnas abog admón admon adm gob gte dir pdte pres srio \
        ej p.ej p.e v.gr v.g aprox máx mín av avda c/ cra crra pza pl pº esq dpto depto fdo atte vid vs cf cfr \
        párrf trad comp s.s.s q.e.p.d ee trab dept bco tels sr c.f",
    numbers: "no nro nos n núm núms num págs pág pag pags p pp art arts cap caps vol vols t tomo fig figs párr párrs párrf tel tfno \
        telf ext lám aptdo apdo col ed eds fasc fol mar lun mié mier jue vie sáb sab dom ene feb abr may jun jul ago sep sept set oct nov dic \
        c ref fax piso ca cra calle",
    either: "sr etc cía cia s.a s.l s.a.s s.r.l uu ee.uu ss.mm rr.hh jj.oo d.c d.f a.c a.m p.m hs h min seg km kms kg cm mm mts m \
        dupl afmo c.p b.a bs.as u.s n.y r.u ud uds vd vds",
    starters: "el la los las un una unos unas lo al del él ella ellos ellas yo tú usted ustedes nosotros vosotros me te se le nos os les \
        este esta esto estos estas ese esa eso esos esas aquel aquella aquello mi mis tu tus su sus nuestro nuestra qué quién quiénes \
        cómo cuándo dónde cuál cuáles cuánto cuánta por porque para pero y e o u ni si sí no con sin en de desde hasta hacia entre sobre \
        tras según durante ante bajo a cuando donde como aunque mientras pues así también tampoco además entonces luego después antes \
        ahora hoy ayer mañana aquí allí allá ahí siempre nunca nadie nada todo todos todas cada otro otra hay es son está están fue era ha han ya aún \
        muy más menos solo sólo gracias quizás quizá afortunadamente sin",
    ordinals: false,
};

const FRENCH: Lexicon = Lexicon {
    leads: "m mm mme mmes mlle mlles mgr me dr drs pr st ste sts stes vve gén gal col cdt cap cne lt lieut adj sgt amiral \
        p.ex c.-à-d c-à-d càd cf apr bd boul rte approx resp dir trad \
        bull rév s.-ent vs zool",
    numbers: "n no nos n° appt apt p pp pg vol fig figs chap art arts t tom al alin sect éd ed pl tab tél ext rv sq f ff v vv \
        lun mar mer jeu ven sam dim janv févr fév avr juil sept oct nov déc c",
    either: "env etc cie sté ets s.a s.a.r.l s.a.s sarl ltée jr j.-c a.c n.b p.-s p.s r.s.v.p ll.aa.ii.rr s.m s.e ss.aa h min s km cm kg av hab \
        dép univ suiv suppl tel ap r.f u.e o.n.u s.n.c.f prof coll éd",
    starters: "le la les l un une des du de d au aux ce cela ceci ça cet cette ces mon ma mes ton ta tes son sa ses notre nos votre vos leur leurs je j tu il \
        elle on nous vous ils elles c'est il y qui que qu quoi quand où comment pourquoi quel quelle quels quelles combien et ou mais donc or ni \
        car si dans en sur sous avec sans pour par chez entre vers depuis pendant avant après contre malgré selon à alors ainsi aussi \
        puis ensuite enfin cependant pourtant toutefois lorsque comme parce puisque bien tout tous toute toutes chaque plusieurs certains \
        aucun personne rien oui non ici là voici voilà aujourd'hui hier demain maintenant toujours jamais ne pas plus très est-ce est sont \
        elle était d'abord",
    ordinals: false,
};

const GERMAN: Lexicon = Lexicon {
    leads: "a.d hr hrn fr frl dr dres prof dipl ing med phil rer nat jur theol oec habil h.c st hl abg univ.-prof dipl.-ing dr.-ing \
        z.b z.t z.z z.hd z.zt d.h d.i i.d.r i.a i.v i.allg m.e m.w s.o s.u s.a u.a u.ä u.u u.a.m u.v.a v.a v.l o.ä o.g o.a \
        bzw bspw ca evtl ggf ggfs vgl inkl exkl einschl ausschl zzgl abzgl insb insbes entspr sog sogen bes bez bzgl betr gem geb gest verh \
        gesch gegr ehem engl franz frz dt dtsch griech lat ital span russ amerik österr schweiz röm kath ev evang prot jüd altgr althochdt mhd ahd \
        wiss techn allg urspr eigtl eig mind max min durchschn tägl jährl monatl gez hrsg hg bearb übers verf zit \
        stellv kfm kaufm landw ungef rd vors i.e z w.o bot zool chem phys math mil poet ugs stud cand em \
        od resp joh seb mult ü.d.m näml möbl mdal arab weibl männl ausg u ö",
    numbers: "nr nrn s abb abs abschn art anm aufl bd bde kap tab ziff rn rz rdnr az tel fax § st std jan feb mär apr jun jul aug sep sept okt nov dez \
        lfd z zl bl fol fig folge vol hs kl no p pos pkt stk ca v vers",
    either: "usw usf etc u.s.w str pl jh jhd jhdt jahrh mio mrd tsd co mbh e.v n.chr v.chr n.u.z ffm m sek stdn jr sen jun f ff \
        inh fa hbf bhf bf a.m b.z.b.k km u.dgl dgl n.n p.s d.j d.m d.o abt mwst ges inst verl verw verz zs ztr wwe mag",
    starters: "der die das den dem des ein eine einen einem einer eines er sie es wir ihr ich du man mein meine dein deine sein seine ihre \
        unser unsere euer dies diese dieser dieses diesen jene jener jenes wer was wann wo wie warum weshalb wieso welche welcher welches \
        und oder aber denn sondern doch wenn als ob obwohl weil da dass damit nachdem bevor während bis seit in im ins an am auf aus bei beim \
        mit nach von vom vor zu zum zur über unter für gegen ohne um durch zwischen trotz wegen hier dort dann danach dabei dafür dagegen \
        darum daher darauf damals deshalb heute gestern morgen jetzt nun so auch nur noch schon sehr nicht nichts kein keine niemand jeder \
        jede jedes alle alles viele einige manche mehrere beide ist sind war waren hat haben hatte wird werden wurde kann können muss müssen \
        soll sollte darf ja nein bitte danke vielleicht leider natürlich außerdem allerdings jedoch schließlich zuerst später plötzlich \
        ebenso zudem inzwischen seitdem trotzdem übermorgen vorgestern bald einst dennoch anschließend abends morgens mittags nachts",
    ordinals: true,
};

const ITALIAN: Lexicon = Lexicon {
    leads: "sig sigg sig.ra sig.na sig.re sig.ri dott dott.ssa dr dr.ssa prof prof.ssa proff avv ing arch rag geom on sen cav comm gen col cap ten \
        magg serg dir don mons rev s ss spett egr gent gent.mo gent.ma ill ill.mo preg.mo chiar.mo fam p.zza v.le c.so v l.go v.cte \
        ad.es es p.es per.es cfr vd ved cd c.d ca psicol meteor idraul econ st.d pres segr v.pres",
    numbers: "n nn num nr civ pag pagg p pp art artt cap capp vol voll fig figg tav tab par parr sez ed tel fax int gen feb mar apr mag giu \
        lug ago set sett ott nov dic lun mart mer gio giov ven sab dom sec comma co lett t c v",
    either: "ecc etc s.p.a s.r.l s.n.c s.a.s spa srl d.c a.c f.lli cost cm mm km kg min sec az amm h p.s n.d.r n.b l.it jr s.s u.s dip ist univ",
    starters: "il lo la i gli le l un uno una un' dei degli delle del della dello di da in con su per tra fra a al alla allo ai agli alle nel nella \
        nello nei nelle dal dalla sul sulla io tu egli ella lui lei noi voi loro essi esse mi ti si ci vi questo questa questi queste quello quella \
        quelli quelle mio mia tuo tua suo sua nostro nostra vostro vostra chi che cosa quando dove come perché quale quali quanto quanta e ed o ma \
        però se anche ancora allora poi dopo prima mentre quindi dunque infatti inoltre tuttavia oggi ieri domani ora adesso sempre mai non no sì \
        è sono era erano ha hanno c'è ci tutto tutti ogni altro altri alcuni molti pochi nessuno niente nulla più molto forse grazie qui lì ecco secondo senza",
    ordinals: false,
};

const DUTCH: Lexicon = Lexicon {
    leads: "dhr mw mevr mej hr dr drs ir ing prof mr bc ds pr zr st gen kol kap lt maj sgt bijv bv d.w.z dwz m.b.t o.a o.m \
        i.p.v i.v.m t.a.v t.o.v t.b.v t.g.v t.n.v m.a.w m.i.v z.g zgn zg resp incl excl ca vgl cf ong plm evt event m.n n.a.v \
        a.h.w d.m.v i.h.b i.t.t n.l nl nml o.l.v u.a vnl max min gem geb ged gest afd aanw vnw bijz br eng fr du lat gr \
        burg wnd ov vs w.o",
    numbers: "nr nrs blz pag p art artt hfst hst afb fig tab bd dl jrg no vol par § tel jan feb mrt apr jun jul aug sep sept okt nov dec",
    either: "enz e.d e.a etc n.v b.v v.h a.u.b s.v.p v.chr n.chr jr sr str cie km cm kg min sec h mln mld v.d o.i.d p.s z.o.z",
    starters: "de het een 't 'n die dat deze dit er hij zij ze wij we jij je u ik jullie men mijn jouw zijn haar ons onze hun wie wat waar wanneer waarom hoe \
        welke welk en of maar want dus als toen terwijl omdat hoewel indien in op aan met van voor door over onder uit bij naar na tot tussen \
        tegen zonder sinds volgens om te hier daar nu vandaag gisteren morgen dan ook nog al niet niets geen niemand iedereen alles alle elke ieder \
        veel sommige andere is was waren heeft hebben had zou kan kunnen moet wil ja nee misschien daarom daarna echter bovendien toch",
    ordinals: false,
};

const SWEDISH: Lexicon = Lexicon {
    leads: "hr fr frk dr prof doc ing kapt maj löjtn t.ex dvs d.v.s bl.a s.k m.a.o p.g.a pga ca ev resp inkl exkl jfr jmf f.n t.o.m fr.o.m \
        f.d d.y d.ä s.a.s max eng ty lat gr föreg ung tr övers red näml vs",
    numbers: "nr s sid kap art fig tab bd st vol tel § jan feb mar apr jun jul aug sep sept okt nov dec p kl mom par",
    either: "osv o.s.v m.m m.fl etc mfl mm dyl o.d f.kr e.kr kr st mkt tim sek km cm kg m jr sr ab hb kl",
    starters: "den det de en ett han hon vi ni du jag man hen min mitt mina din ditt sin sitt vår vårt er hans hennes deras denna detta dessa vem vad var när \
        varför hur vilken vilket vilka och eller men för så om att när medan eftersom därför trots i på av med till från vid under över efter före mellan \
        utan mot enligt sedan här där nu idag igår imorgon då också även inte inget ingen alla allt varje många några andra är var har hade kan ska \
        skulle måste ja nej kanske dock dessutom",
    ordinals: false,
};

const PORTUGUESE: Lexicon = Lexicon {
    leads: "sr sra srs sras srta srª dr dra drs dras d dª eng engª engº arq prof profa profª profs exmo exma ilmo ilma mons pe fr gen cel cap ten sgt \
        maj alm com adm adv av al r pç pca trav tv rod p.ex ex p.e aprox máx mín v.g i.e cf cfr vs \
        v.s.ª v.exª v.sa dep sen gov pres min sto sta sec dir gte lic",
    numbers: "n nº no nos núm pág págs pag p pp art arts cap caps vol vols fig figs tab tel ramal inc al par § jan fev mar abr mai jun jul ago set out nov \
        dez séc sécs km ed l t apto ap seg ter qua qui sex sáb c",
    either: "etc cia ltda s.a s/a jr fil a.c d.c h min seg km kg cm u.s e.u.a eua p.s c.f n.b dept depto univ r.g c.p.f",
    starters: "o a os as um uma uns umas ele ela eles elas eu tu você vocês nós vós me se lhe este esta isto estes estas esse essa isso esses essas aquele \
        aquela aquilo meu minha teu tua seu sua seus suas nosso nossa quem que quê quando onde como por porque porquê qual quais quanto e ou mas \
        porém contudo todavia se embora enquanto pois portanto assim também além então depois antes agora hoje ontem amanhã sempre nunca não sim \
        em no na nos nas de do da dos das com sem para até desde entre sobre sob após durante segundo conforme ao aos à às pelo pela num numa é são foi era \
        está estão há tem todo todos toda todas cada outro outra muito muitos mais menos ninguém nada tudo já ainda talvez obrigado obrigada",
    ordinals: false,
};

const POLISH: Lexicon = Lexicon {
    leads: "p pp prof dr hab mgr inż med doc dyr red ks o bp abp kard s śp św św.p hr gen płk ppłk mjr kpt por ppor sierż plut kpr st mł np m.in tzn tzw tj \
         wg ul al pl os pow woj gm m z ob zob por cf dot ds ww j.w j.ang jęz ang niem franc fr łac gr ros hiszp wł pol bałt czes starop im \
        śr płd płn zach wsch pn max min maks ew ewent wzgl tłum przeł oprac pod właśc ur zm kol ob przew sekr zast przyp \
        mies tyg jw",
    numbers: "nr nry str s art ust pkt par poz rozdz rys tab tel t tom vol godz r § ryc il lit d.z w kl dz ww sygn ok",
    either: "itd itp etc r rr w ww zł gr tys mln mld p.n.e n.e sp sp.j s.a z.o.o o.o jr godz min sek km cm kg m jun sen wyd nast cd cdn dn in kk k.c k.k",
    starters: "ten ta to te ci tamten on ona ono oni one ja ty my wy mój moja moje twój twoja swój nasz nasza wasz jego jej ich kto co kiedy gdzie jak jaki jaka \
        jakie dlaczego który która które ile czy i a ale lecz oraz lub albo więc zatem jednak jeśli jeżeli gdy kiedy chociaż choć ponieważ bo że żeby w we na z ze \
        do od dla po przed przez pod nad przy o u między bez podczas według wtedy potem teraz dziś dzisiaj wczoraj jutro zawsze nigdy nie tak tu tam też także \
        już jeszcze tylko bardzo wszystko wszyscy każdy każda nikt nic inny jest są był była było być ma może można trzeba niech proszę dziękuję",
    ordinals: false,
};

const RUSSIAN: Lexicon = Lexicon {
    leads: "г-н г-жа гн д-р проф доц акад канд докт инж св гр тов госп ген подп кап лейт серж ул пр просп пер пл наб бул ш д корп \
        кв оф г пос пгт дер обл р-н о оз т.е т.к т.н т.о и.о в.и.о напр см ср сокр англ фр франц лат греч итал исп рус укр яп \
        букв т.наз так.наз ок прим нач кон сер зам зав ред пом ун-т ин-т бывш собств преим",
    numbers: "янв фев февр мар апр июн июл авг сен сент окт ноя нояб дек рис табл гл п пп ст стр с т тт вып том № n тел доб ч чч илл прил абз разд кн кв корп д оф",
    either: "и.т.д т.д т.п др пр проч гг г в вв до.н.э н.э руб коп тыс млн млрд трлн долл дол у.е экз чел шт мин сек ч км см мм кг гр м куб.м кв.м л ст \
        коп м.н.с с.н.с ок э р им род куб полк",
    starters: "он она оно они я ты мы вы это этот эта эти тот та те то мой моя моё твой наш ваш его её их свой кто что когда где куда откуда как какой какая \
        какое какие почему зачем который сколько и а но или либо если хотя пока чтобы потому поэтому также тоже затем потом тогда теперь сейчас сегодня \
        вчера завтра всегда никогда не нет да в во на с со к ко от до для по о об при за из у под над без через между после перед около кроме среди вместо \
        здесь там тут уже ещё еще только лишь даже очень все всё каждый никто ничто один одна другой было был была были есть будет может можно нужно надо \
        однако впрочем наконец конечно например так вот ну",
    ordinals: false,
};

const HINDI: Lexicon = Lexicon {
    leads: "डॉ डा श्री श्रीमती सुश्री कु प्रो पं स्व मो मि ले मे जन मा ई ई.पू वि वि.सं सं क्र पृ अ ब स द \
        ए बी सी डी ई एफ जी एच आई जे के एल एम एन ओ पी क्यू आर एस टी यू वी डब्ल्यू डब्लू एक्स वाई ज़ेड जेड कि कि.मी मी से सें मि.मी किग्रा ग्रा वी.पी एम.ए बी.ए पीएच.डी रु रू",
    numbers: "नं सं क्र पृ अ धा",
    either: "",
    starters: "मैं मैंने हम हमने तुम तुमने आप आपने वह उसने वे उन्होंने यह ये क्या क्यों कौन कब कहाँ the he she it they we i",
    ordinals: false,
};

const MARATHI: Lexicon = Lexicon {
    leads: "पु डॉ श्री श्रीमती सौ कु प्रा प्रो पं स्व मा मि ले न्या ह.भ.प ता जि मु पो रा सा इ इ.स इ.स.पू उदा वि क्र पृ स ए बी सी डी ई एफ जी एच आय जे के एल \
        एम एन ओ पी क्यू आर एस टी यू व्ही डब्ल्यू एक्स वाय झेड कि कि.मी मी से",
    numbers: "नं क्र पृ रु सं",
    either: "",
    starters: ENGLISH.starters,
    ordinals: false,
};

const GUJARATI: Lexicon = Lexicon {
    leads: "ડૉ ડો શ્રી શ્રીમતી કુ પ્રો પં સ્વ મા મિ ઈ ઈ.સ ઈ.પૂ દા.ત એ બી સી ડી એફ જી એચ આઈ જે કે એલ એમ એન ઓ પી ક્યૂ આર એસ ટી યુ વી ડબલ્યુ એક્સ વાય ઝેડ કિ કિ.મી",
    numbers: "નં ક્ર પૃ રૂ",
    either: "",
    starters: ENGLISH.starters,
    ordinals: false,
};

const PUNJABI: Lexicon = Lexicon {
    leads: "ਡਾ ਸ੍ਰੀ ਸ਼੍ਰੀ ਸ੍ਰੀਮਤੀ ਸ ਪ੍ਰੋ ਪ੍ਰਿੰ ਗਿ ਈ ਏ ਬੀ ਸੀ ਡੀ ਐਫ ਜੀ ਐਚ ਆਈ ਜੇ ਕੇ ਐਲ ਐਮ ਐਨ ਓ ਪੀ ਆਰ ਐਸ ਟੀ ਯੂ ਵੀ ਕਿ ਕਿ.ਮੀ",
    numbers: "ਨੰ ਪੰ ਰੁ",
    either: "",
    starters: ENGLISH.starters,
    ordinals: false,
};

const BENGALI: Lexicon = Lexicon {
    leads: "ডা ড ডঃ ডাঃ শ্রী শ্রীমতী মো মোঃ মোহা প্রফ অধ্যা অ্যাড ইঞ্জি লে মি মিঃ সৈ খ্রি খ্রী পূ এ বি সি ডি ই এফ জি এইচ আই জে কে এল এম এন ও পি আর \
        এস টি ইউ ভি কিমি কি.মি সে বা",
    numbers: "নং পৃ খ রু",
    either: "",
    starters: ENGLISH.starters,
    ordinals: false,
};

const ODIA: Lexicon = Lexicon {
    leads: "ଡ ଡା ଶ୍ରୀ ଶ୍ରୀମତୀ ପ୍ରଫେ ମି ମୋ ସ୍ୱ ଖ୍ରୀ ଏ ବି ସି ଡି ଇ ଏଫ ଜି ଏଚ ଆଇ ଜେ କେ ଏଲ ଏମ ଏନ ଓ ପି ଆର ଏସ ଟି ୟୁ ଭି କି କି.ମି",
    numbers: "ନଂ ପୃ ଟ",
    either: "",
    starters: ENGLISH.starters,
    ordinals: false,
};

const TAMIL: Lexicon = Lexicon {
    leads: "திரு திருமதி செல்வி டாக்டர் டாக் முனைவர் பேரா கி கி.பி கி.மு எ எ.கா ஏ பி சி டி ஈ எஃப் ஜி எச் ஐ ஜே கே எல் எம் என் ஓ பீ ஆர் எஸ் டீ யூ வி \
        கி.மீ மி மு த ந ப ம ச க அ",
    numbers: "எண் ப பக் ரூ",
    either: "",
    starters: ENGLISH.starters,
    ordinals: false,
};

const TELUGU: Lexicon = Lexicon {
    leads: "డా శ్రీ శ్రీమతి కు చి ప్రొ ప్రొఫె మి ఉదా క్రీ క్రీ.శ క్రీ.పూ ఎ బి సి డి ఇ ఎఫ్ జి హెచ్ ఐ జె కె ఎల్ ఎమ్ ఎం ఎన్ ఒ ఓ పి క్యూ ఆర్ ఎస్ టి యు వి డబ్ల్యూ ఎక్స్ వై \
        కి కి.మీ మీ సెం",
    numbers: "నం పే పు రూ సం",
    either: "",
    starters: ENGLISH.starters,
    ordinals: false,
};

const KANNADA: Lexicon = Lexicon {
    leads: "ಡಾ ಶ್ರೀ ಶ್ರೀಮತಿ ಕು ಪ್ರೊ ಪ್ರೋ ಮಿ ಉದಾ ಕ್ರಿ ಕ್ರಿ.ಶ ಕ್ರಿ.ಪೂ ಎ ಬಿ ಸಿ ಡಿ ಇ ಎಫ್ ಜಿ ಎಚ್ ಐ ಜೆ ಕೆ ಎಲ್ ಎಂ ಎನ್ ಒ ಪಿ ಆರ್ ಎಸ್ ಟಿ ಯು ವಿ ಕಿ ಕಿ.ಮೀ ಮೀ ದಿ",
    numbers: "ನಂ ಪು ರೂ ಸಂ",
    either: "",
    starters: ENGLISH.starters,
    ordinals: false,
};

const MALAYALAM: Lexicon = Lexicon {
    leads: "ഡോ ശ്രീ ശ്രീമതി കു പ്രൊ പ്രഫ മി അഡ്വ റവ ഫാ ഉദാ ക്രി ക്രി.പി ക്രി.മു എ ബി സി ഡി ഇ എഫ് ജി എച്ച് ഐ ജെ കെ എൽ എം എൻ ഒ പി ആർ എസ് ടി യു വി കി കി.മീ മീ സെ",
    numbers: "നം പേ രൂ",
    either: "",
    starters: ENGLISH.starters,
    ordinals: false,
};

const GREEK: Lexicon = Lexicon {
    leads: "κ κα κκ κος δρ καθ αγ αρχιεπ μητρ στρ σμ ταγ λοχ π.χ πχ δηλ βλ πβ πρβλ αρ αριθ αρ.πρωτ τηλ λεωφ οδ πλ περ υπ αντ πρ τ τμ \
        γεν διευθ ιερ μον νομ ενν εκδ μτφρ επιμ λ.χ ν.δ θ",
    numbers: "σελ σ αρ αριθ άρθ άρθρ παρ κεφ τόμ τ εικ σχ πιν τηλ φαξ ν εδ στ ιαν φεβ μαρ απρ μαϊ ιουν ιουλ αυγ σεπ σεπτ οκτ νοε νοεμ δεκ",
    either: "κ.λπ κλπ κ.ά κ.α κτλ κ.τ.λ κ.ο.κ κ.ε α.ε ε.π.ε ο.ε π.μ μ.μ μ.χ εκατ δισ χιλ ευρ χλμ τ.μ τ.χ εκ δρχ υ.γ η.π.α ε.ε δ.σ",
    starters: "ο η το οι τα του της των τον την τους τις ένας μία μια ένα αυτός αυτή αυτό αυτοί αυτές αυτά εγώ εσύ εμείς εσείς εκείνος εκείνη εκείνο ποιος ποια ποιο \
        τι πότε πού πώς γιατί πόσο πόσα και κι ή αλλά όμως ωστόσο αν εάν όταν ενώ επειδή αφού πριν μετά σε στο στη στην στον στους στις στα με για από χωρίς \
        προς ως κατά παρά μέχρι μεταξύ εδώ εκεί τώρα σήμερα χθες αύριο τότε πάντα ποτέ δεν μη μην ναι όχι όλα όλοι κάθε άλλος πολύ πιο επίσης ακόμα είναι ήταν \
        έχει έχουν θα να ας",
    ordinals: false,
};

const FINNISH: Lexicon = Lexicon {
    leads: "hra rva nti tri toht prof maist esim ns ts ent nk nyk synt kuol vrt ks n em muun kirj suom engl ruots saks ransk lat \
        yht kenr ev evl maj kapt luutn kers alik st huom aik siht pj puh.joht",
    numbers: "nro n:o s ss nr art kuv taul puh tel klo § vol mom tammik helmik",
    either: "jne ym yms tms mm eaa jaa ekr jkr eKr jKr kpl kg km cm s h milj mrd oy oyj ry ab k.o o.s e.m.a a.d",
    starters: "hän se ne he me te minä sinä tämä tuo nämä nuo kuka mikä mitä milloin missä mihin miksi miten kuinka ja tai mutta sillä koska kun jos vaikka että \
        kuitenkin siis sitten silloin nyt tänään eilen huomenna aina ei eivät en et kyllä myös vain jo vielä kaikki jokainen moni monet toinen on oli ovat olivat \
        siellä täällä siksi lisäksi ennen jälkeen ilman kanssa ehkä",
    ordinals: false,
};

const NORWEGIAN: Lexicon = Lexicon {
    leads: "hr fr frk dr prof st skt sct bl.a f.eks feks dvs d.v.s t.o.m f.o.m ca ev evt jf jfr iflg pga p.g.a mht m.h.t vha ifm s.k såk inkl ekskl \
        gen kapt maj lt forf red overs eng ty lat gr maks n.å s.d vs ang m.a.o bla",
    numbers: "nr s kap art fig tab bd tlf kl vol § jan feb mar apr jun jul aug sep sept okt nov des pkt par d",
    either: "osv o.s.v m.m m.fl mm mfl etc o.l e.l f.kr e.kr jr sr kr mill mrd stk t sek km cm kg a/s d.d d.å p.t",
    starters: "den det de en et ei han hun vi dere du jeg man min mitt mine din ditt sin sitt vår vårt hans hennes deres denne dette disse hvem hva hvor når hvorfor \
        hvordan hvilken hvilket hvilke og eller men for så hvis om at da mens fordi derfor i på av med til fra ved under over etter før mellom uten mot ifølge \
        siden her der nå nu i dag i går hvad også selv ikke ingen intet alle alt hver mange noen andre er var har hadde kan skal skulle må ja nei kanskje likevel dessuten",
    ordinals: false,
};

const INDONESIAN: Lexicon = Lexicon {
    leads: "bpk bp sdr sdri tn ny nn dr drg drs dra ir prof h hj kh k.h r ust jend letjen mayjen brigjen kol letkol kapt lettu serma jl jln gg kel kec kab \
        prov gd rt rw mis a.n u.p u.b d.a yth ytc alm sbg dgn dng krn spt a.l al.l ttg s.d st",
    numbers: "no hal hlm ps psl jil vol tel telp tlp fax ay jan feb mar apr jun jul agt agust sep sept okt nov des rp",
    either: "dll dsb dst dkk tbk pt cv ltd s.h s.e s.pd s.t s.kom s.sos s.ip s.ag s.si s.psi s.farm m.si m.m m.pd m.sc m.hum m.kom m.h m.t m.a sh se a.m p.m swt saw r.a a.s m h tsb",
    starters: "ini itu dia ia mereka kami kita saya aku kamu anda beliau yang apa siapa kapan di mana dimana mengapa kenapa bagaimana berapa dan atau tetapi tapi namun jika kalau \
        bila ketika saat karena sebab meskipun walaupun untuk dari ke pada dalam dengan tanpa oleh sebagai setelah sesudah sebelum selama antara menurut tentang \
        di sini sana sekarang hari kemarin besok kemudian lalu akhirnya juga pun tidak bukan belum sudah telah akan bisa dapat harus ada adalah semua setiap banyak beberapa \
        seorang sebuah para hal oleh selain ya tolong terima",
    ordinals: false,
};

const MALAY: Lexicon = Lexicon {
    leads: "en pn cik tn mohd muhd abd dr prof prof.madya ir ar sr dato dato' hj hjh ust kapt kol lt mej jen lt.jen jln jl lrg kg tmn bhg cth s.w.t s.a.w y.b yb y.a.b yab y.bhg \
        a.s r.a sdr sdri st",
    numbers: "no ms m.s hlm hal jil bil tel faks fax sek seks jan feb mac apr jun jul ogos sep sept okt nov dis rm",
    either: "dll dsb dan.lain bhd sdn p.g ptg pg tgh a.m p.m s.m h m km kg",
    starters: "ini itu dia ia mereka kami kita saya aku kamu anda beliau yang apa siapa bila bilakah di mana mengapa kenapa bagaimana berapa dan atau tetapi tapi namun jika kalau apabila \
        ketika semasa kerana sebab walaupun untuk daripada dari ke kepada pada dalam dengan tanpa oleh sebagai selepas sebelum selama antara menurut tentang sini sana sekarang \
        hari semalam esok kemudian lalu akhirnya juga pun tidak bukan belum sudah telah akan boleh dapat harus ada adalah ialah semua setiap banyak beberapa seorang sebuah para \
        hal selain ya sila terima",
    ordinals: false,
};

const VIETNAMESE: Lexicon = Lexicon {
    leads: "ts ths gs pgs pgs.ts gs.ts bs cn ks kts ls lm đ/c tp t.p tx p q h x đ tt đt nxb v.d vd th.s t.s g.s p.gs b.s st mr tp.hcm",
    numbers: "tr trg t ch đ k stt đt tel no vol q p",
    either: "v.v vv tcn scn sn a.m p.m tnhh tm",
    starters: "anh chị ông bà em tôi tao mình chúng họ nó hắn cô cậu bạn ta đây đó này kia những các một hai ba mỗi mọi ai gì khi nào ở đâu tại vì sao thế như bao nhiêu và hay hoặc nhưng tuy \
        nếu lúc trong ngoài trên dưới với cho từ đến bởi theo sau trước giữa bây giờ hôm nay qua ngày mai rồi cũng đã đang sẽ không chưa có là được bị phải nên hãy xin cảm vâng dạ \
        tất cả nhiều ít rất còn chỉ người việc điều",
    ordinals: false,
};

const TURKISH: Lexicon = Lexicon {
    leads: "sn dr prof doç yrd öğr gör av op uzm arş müh mim alb yb bnb yzb tğm ütğm org korg tümg tuğg hz st bkz örn ör krş yak yakl mah cad cd sok sk blv bul apt \
        gn gnl ing fr alm ar far lat yun tür haz çev ed der yay ank ist dn",
    numbers: "no nr s sf sy c md mad böl şek tab tel fak faks dk m bl p y",
    either: "vb vs vd vdg a.ş aş ltd şti t.c m.ö m.s i.ö yy tl sa dk km cm kg üni üniv fak a.b.d bk jr ö.ö ö.s",
    starters: "bu şu o bunlar şunlar onlar ben sen biz siz benim senin onun bizim sizin kim ne neden niçin nasıl nerede nereye ne zaman hangi kaç ve veya ya ama fakat ancak lakin çünkü eğer \
        şayet için ile gibi kadar göre sonra önce beri rağmen burada orada şimdi bugün dün yarın o zaman sonra daha da de her bütün tüm hiç hiçbir bazı birçok bir iki başka diğer çok az en \
        var yok değil evet hayır belki lütfen teşekkürler ayrıca üstelik böylece",
    ordinals: true,
};

const ARABIC: Lexicon = Lexicon {
    leads: "د أ م أ.د ا.د ش ج ص ق.م ب.م م.م س ع ط ت ك ص.ب أ.م.د",
    numbers: "ص ج ط هـ م ت ق",
    either: "",
    starters: "أنا نحن أنت أنتم هو هي هم هذا هذه ذلك تلك لقد إن لماذا متى أين كيف the he she it they we i",
    ordinals: false,
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_has_words() {
        for language in Language::ALL {
            assert!(!lexicon(language).starters.is_empty(), "{language}");
        }
    }
}
